"""Progress bars of libraries, switched off for a command's own output."""

import os
import sys

LIBRARIES = {
    # switch read at import -> (module, function) that has the same effect later
    "HF_HUB_DISABLE_PROGRESS_BARS": (
        ("huggingface_hub.utils", "disable_progress_bars"),
        ("transformers.utils.logging", "disable_progress_bar"),
    ),
    "HF_DATASETS_DISABLE_PROGRESS_BARS": (("datasets.utils", "disable_progress_bars"),),
}


def hide_library_bars() -> None:
    """Switch off bars such as `Loading weights` in this process and those that it starts.

    Nothing is imported: libraries that come later read the environment. A variable that the user
    has set stays as it is.
    """
    for variable, switches in LIBRARIES.items():
        if os.environ.setdefault(variable, "1") != "1":
            continue
        for module, function in switches:
            if module in sys.modules:
                getattr(sys.modules[module], function)()
