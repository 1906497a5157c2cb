"""Backups that were tried before they count, and a past that was put back. Start in ``restores.py``.

``backups.py`` says when, ``backup.py`` how, ``restore_test.py`` whether it would do. ``put_back.py`` and
``in_place.py`` put one into the place of the database, ``restores.py`` keeps money still until what is missing came
again, and ``sent_before.py`` knows what had left before. ``backup_operations.py`` and ``restore_operations.py`` are
what a running hub is asked of all this.
"""
