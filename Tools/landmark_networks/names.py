"""What the layers of the landmark networks are called here, in the order in which their files hold them.

A word is a module; {a,b} stands for several and 1-3 for a row of numbers, the first varying least.
Convolutions and linear layers give `weight` and `bias`, rectifiers `slope`.
Sources/NeuralRender/Networks/Landmarks reads the same names.
"""

import re

NAMES = {
    "pose_detection": """
        stem stages.0.0.{depthwise,project} stages.1-2.0-1.{expand,depthwise,project}
        stages.3.0.expand laterals.0.{depthwise,project} stages.3.0.{depthwise,project}
        stages.3.1-2.{expand,depthwise,project} stages.4.0-2.{expand,depthwise,project}
        stages.5.0.expand laterals.1.{depthwise,project} stages.5.0.{depthwise,project}
        stages.5.1-3.{expand,depthwise,project} last.{expand,depthwise}
        levels.1.enter levels.1.0-1.{depthwise,project}
        levels.0.enter levels.0.0-1.{depthwise,project}
        heads.0-2.{scores,boxes}.{depthwise,project}
    """,
    "pose_landmark_full": """
        stem stages.0.0.{depthwise,project}
        stages.1.0.expand laterals.0.{depthwise,project} stages.1.0.{depthwise,project}
        stages.1.1.{expand,depthwise,project}
        stages.2.0.expand laterals.1.{depthwise,project} stages.2.0.{depthwise,project}
        stages.2.1.{expand,depthwise,project}
        stages.3.0.expand laterals.2.{depthwise,project} stages.3.0.{depthwise,project}
        stages.3.1-2.{expand,depthwise,project} stages.4.0-2.{expand,depthwise,project}
        stages.5.0.expand laterals.3.{depthwise,project} stages.5.0.{depthwise,project}
        stages.5.1-3.{expand,depthwise,project} last.{expand,depthwise} top.{depthwise,project}
        mask.enter.{depthwise,project} mask.half.0-1.{depthwise,project}
        mask.whole.0-1.{depthwise,project} mask.logits heat_maps
        points.enter.{depthwise,project} points.levels.0.0-4.{depthwise,project}
        points.levels.1.0-5.{depthwise,project} points.landmarks points.world points.flag
    """,
    "hand_recrop": """
        stem{,,.scale} levels.0-5.{start,start,reduce,reduce,scale,depthwise,project} points
    """,
    "hand_landmark_full": """
        stem stages.0.0.{depthwise,project} stages.1-2.0-1.{expand,depthwise,project}
        stages.3-4.0-2.{expand,depthwise,project} stages.5.0-3.{expand,depthwise,project}
        last.{expand,depthwise} handedness flag landmarks world
    """,
    "face_detection_short_range": """
        stem levels.0.0-1.{depthwise,project} levels.1.0-2.{depthwise,project}
        levels.2.0-5.{depthwise,project} levels.3.0-4.{depthwise,project}
        heads.0-1.scores heads.0-1.boxes
    """,
    "face_landmark": """
        stem stem levels.0.0-1{.depthwise,.project,} levels.1-4.0-2{.depthwise,.project,}
        points.blocks.0-1{.depthwise,.project,}
        flag.blocks.0.depthwise points.blocks.2.depthwise flag.blocks.0.project
        points.blocks.2.project flag.blocks.0 points.blocks.2
        {flag,points}.enter {flag,points}.enter
        {flag,points}.last.depthwise {flag,points}.last.project {flag,points}.last
        {flag,points}.values
    """,
}


def modules(network):
    """The modules of a network's layers, in order."""
    return [name for word in NAMES[network].split() for name in expanded(word)]


def expanded(word):
    found = re.search(r"\{(.*?)\}|(\d+)-(\d+)", word)
    if not found:
        return [word]
    if found[1] is not None:
        parts = found[1].split(",")
    else:
        parts = [str(number) for number in range(int(found[2]), int(found[3]) + 1)]
    return [
        name for part in parts
        for name in expanded(word[:found.start()] + part + word[found.end():])
    ]
