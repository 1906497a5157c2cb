"""The worker's way, one file per job of the bench: ``step(state, input, ...) -> (state, events, outcome, effects)``.

Pure, like all of the domain: a step looks things up in its ``Context`` and returns what should happen.

::

    receive.py                         start here: which job an input belongs to
    stages.py  inputs.py               the questions a bench can ask, and what can answer them
    state.py  subjects.py              the bench between two inputs; which cases its events belong to
    sign_in.py  parcels.py  find.py    who works; parcels opened, set aside, done; found without their label
    identify.py  grade.py  photo.py  label.py     a unit from its first scan to its label
    found_inside.py  no_place.py  weighing.py  undo.py      what can come in between
    views.py  not_now.py               what the screen shows of a state; the answer to what fits no question
"""
