"""Photos and files of stations and telephones. Start in ``photos.py``: which there are.

``blobs.py`` and ``blob_files.py`` have their bytes, ``blob_api.py`` is their HTTP. The page for
telephones is ``hub/web``.
"""
