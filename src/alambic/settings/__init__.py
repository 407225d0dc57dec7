"""What an experiment may set: one strict class per stage.

A section of the experiment bears the name of its stage and maps the names of its items to their settings. A field may
name an item of another stage (`Refers`) or a plug-in; both are checked here, before anything runs.
"""

from alambic.settings.base import Plugged, Settings, StageSettings
from alambic.settings.calibrate import Calibrate
from alambic.settings.corpus import Clean, Collect, Embargo, Fetch, Tokenizer
from alambic.settings.experiment import Experiment
from alambic.settings.explain import Explain
from alambic.settings.few_shot import FewShot
from alambic.settings.identity import identity, used_plugins
from alambic.settings.models import Adapt, Finetune, Recipe, Teach
from alambic.settings.optimization import Optimization
from alambic.settings.reading import read_experiment
from alambic.settings.references import references
from alambic.settings.results import Evaluate, Predict, Release, Report, Speed
from alambic.settings.sections import FinetuneSection
from alambic.settings.stages import MODEL_STAGES, STAGES
from alambic.settings.student import Distill
from alambic.settings.study import Study
from alambic.settings.task import DICTIONARY, Dataset, ScoredTexts, Task
from alambic.settings.task_distillation import TaskDistillation
from alambic.settings.terms import LicenceReport
from alambic.settings.width import Width

__all__ = [
    "DICTIONARY",
    "MODEL_STAGES",
    "STAGES",
    "Adapt",
    "Calibrate",
    "Clean",
    "Collect",
    "Dataset",
    "Distill",
    "Embargo",
    "Evaluate",
    "Experiment",
    "Explain",
    "Fetch",
    "FewShot",
    "Finetune",
    "FinetuneSection",
    "LicenceReport",
    "Optimization",
    "Plugged",
    "Predict",
    "Recipe",
    "Release",
    "Report",
    "ScoredTexts",
    "Settings",
    "Speed",
    "StageSettings",
    "Study",
    "Task",
    "TaskDistillation",
    "Teach",
    "Tokenizer",
    "Width",
    "identity",
    "read_experiment",
    "references",
    "used_plugins",
]
