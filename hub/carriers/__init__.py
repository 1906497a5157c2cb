"""Carriers' tracking and labels."""
