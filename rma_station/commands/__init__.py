"""The command line: one module for each command of ``__main__.COMMANDS``, imported when it is called.

Each has ``execute(arguments) -> exit code``. Commands may import everything on the station, and only ``hub.py`` the
hub; what a running station can be asked goes over its control socket (``asking.py``). Modules that are no command
(``arguments.py``, ``asking.py``, ``writing.py`` ...) are what several of them share. Start in ``run.py``.
"""
