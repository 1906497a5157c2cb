"""What the policy holds, and the people who decide it. Start in ``desk.py``: what they see.

``gradings.py`` puts gradings side by side, ``decisions.py`` decides about ``matter.py``, ``changed_grade.py`` changes
what a unit is. ``review_api.py`` is their HTTP.
"""
