"""Statistics of a network's sampling over a folder of pictures, in one process or in many.

Each picture becomes one *entry*, plain numbers that JSON holds bit for bit. Entries are kept as they are made, so
that an interruption loses nothing; the statistics are their sum in the order of the pictures' names. So it does
not matter which process, on which machine, made which entry.
"""

from dcnviz.statistics.measure import Measure, Settings
from dcnviz.statistics.ranks import Ranks
from dcnviz.statistics.summary import LayerSummary, Summary, summarise
from dcnviz.statistics.work import collect

__all__ = ["LayerSummary", "Measure", "Ranks", "Settings", "Summary", "collect", "summarise"]
