"""The stages: everything that walks over them reads this list."""

from alambic.settings.base import Refers, StageSettings
from alambic.settings.calibrate import Calibrate
from alambic.settings.corpus import Clean, Collect, Fetch, Tokenizer
from alambic.settings.explain import Explain
from alambic.settings.models import Adapt, Finetune, Teach
from alambic.settings.results import Evaluate, Predict, Release, Report, Speed
from alambic.settings.student import Distill
from alambic.settings.study import Study

# The settings of one item of each stage, in the order in which data flows.
STAGES: dict[str, type[StageSettings]] = {
    "collect": Collect,
    "clean": Clean,
    "fetch": Fetch,
    "tokenizer": Tokenizer,
    "adapt": Adapt,
    "teach": Teach,
    "distill": Distill,
    "finetune": Finetune,
    "predict": Predict,
    "evaluate": Evaluate,
    "calibrate": Calibrate,
    "explain": Explain,
    "speed": Speed,
    "release": Release,
    "study": Study,
    "report": Report,
}

# Those that make models: whatever can be fine-tuned.
MODEL_STAGES: tuple[str, ...] = next(
    mark.stages for mark in Finetune.model_fields["model"].metadata if isinstance(mark, Refers)
)
