"""The small trained networks that come with dcnviz."""

from dcnviz.models.checkpoints import CheckpointError, load, read, write
from dcnviz.models.given import read_given
from dcnviz.models.network import Network

__all__ = ["CheckpointError", "Network", "load", "read", "read_given", "write"]
