"""What the policy holds, and the people who decide it. Start in ``desk.py``: what they see.

``gradings.py`` puts gradings side by side, ``decisions.py`` decides, ``review_api.py`` is their HTTP.
"""
