"""How fast the operators are on this machine, beside what others do and what the machine could do."""

from dcnviz.bench.cases import CASES, Case
from dcnviz.bench.contenders import contenders
from dcnviz.bench.run import Result, measure
from dcnviz.bench.table import as_json, as_text

__all__ = ["CASES", "Case", "Result", "as_json", "as_text", "contenders", "measure"]
