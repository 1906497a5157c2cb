"""What ``doctor`` looks at: pure checks over a ``Machine``; each finding has its remedy in Polish and English."""
