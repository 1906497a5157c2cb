"""``rma-station hub WORD``: one module for each word of ``hub/parts.py``, imported when it is called.

Each has ``execute(arguments) -> exit code`` and asks the running hub, or its files where none runs, through
``hub/command_line.py``, which has the words that stations and the hub itself need (``run``, ``station``, ``status``).
Start there, then read ``people.py`` as an example.
"""
