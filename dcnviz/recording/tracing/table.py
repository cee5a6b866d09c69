"""The table: which torch function follows which rule.

A function that is not in it, or is used in a way that its rule does not know, ends the trace: from there on places are
estimated. So every line here must be right, and none need be there.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from dcnviz.recording.tracing import cells, windows
from dcnviz.recording.tracing.step import Rule

_SAME = """
    relu relu6 leaky_relu elu selu celu gelu silu mish softplus softsign tanhshrink hardswish hardtanh hardsigmoid
    prelu rrelu sigmoid logsigmoid tanh softmax log_softmax exp expm1 log log1p log2 sqrt rsqrt abs neg negative
    square sin cos reciprocal clamp clip clamp_min clamp_max round floor ceil sign logical_not nan_to_num threshold
    clone contiguous detach alias float half double bfloat16 type cpu cuda requires_grad_ data
    dropout dropout2d alpha_dropout feature_dropout feature_alpha_dropout batch_norm group_norm layer_norm rms_norm
    instance_norm local_response_norm normalize masked_fill expand repeat tile __neg__ __invert__ __abs__
"""
_JOIN = """
    add sub subtract rsub mul multiply div divide true_divide floor_divide remainder pow lerp addcmul addcdiv where
    maximum minimum fmax fmin hypot atan2 logaddexp gt ge lt le eq ne logical_and logical_or bitwise_and bitwise_or
    __add__ __radd__ __iadd__ __sub__ __rsub__ __isub__ __mul__ __rmul__ __imul__ __truediv__ __rtruediv__
    __itruediv__ __pow__ __rpow__ __rdiv__ __and__ __or__ __gt__ __ge__ __lt__ __le__ __eq__ __ne__
"""
_RESHAPE = "view reshape flatten unflatten unsqueeze squeeze ravel"
_LIKE = "to type_as view_as reshape_as"
_CONSTANT = """
    zeros_like ones_like full_like empty_like rand_like randn_like new_zeros new_ones new_full new_empty new_tensor
"""
_REDUCTION = "mean sum amax amin max min std var logsumexp prod any all"

_TABLE: dict[str, Rule] = {
    **dict.fromkeys(_SAME.split(), cells.same),
    **dict.fromkeys(_JOIN.split(), cells.join),
    **dict.fromkeys(_RESHAPE.split(), cells.reshape),
    **dict.fromkeys(_LIKE.split(), cells.like),
    **dict.fromkeys(_CONSTANT.split(), cells.constant),
    **dict.fromkeys(_REDUCTION.split(), cells.reduction),
    **dict.fromkeys(("cat", "concat", "concatenate"), cells.concatenate),
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), cells.transpose),
    **dict.fromkeys(("chunk", "split", "tensor_split"), cells.pieces),
    **dict.fromkeys(("max_pool2d", "max_pool2d_with_indices"), windows.max_pooling),
    **dict.fromkeys(("adaptive_avg_pool2d", "adaptive_max_pool2d"), windows.adaptive_pooling),
    **dict.fromkeys(("linear", "matmul", "__matmul__"), cells.linear),
    **dict.fromkeys(("scaled_dot_product_attention", "multi_head_attention_forward"), cells.attention),
    "avg_pool2d": windows.mean_pooling,
    "conv2d": windows.convolution,
    "conv_transpose2d": windows.transposed_convolution,
    "interpolate": windows.interpolation,
    "pixel_shuffle": windows.pixel_shuffle,
    "pixel_unshuffle": windows.pixel_unshuffle,
    "pad": windows.padding,
    "permute": cells.permute,
    "unbind": cells.unbind,
    "__getitem__": cells.index,
}


@lru_cache(maxsize=4096)
def rule_of(function: Any) -> Rule | None:
    """The rule of a torch function in any of its forms: ``torch.relu``, ``F.relu``, ``Tensor.relu``, ``relu_``.

    >>> import torch
    >>> rule_of(torch.Tensor.relu_) is rule_of(torch.nn.functional.relu) is cells.same, rule_of(torch.roll)
    (True, None)
    """
    home = getattr(function, "__module__", None) or "torch"  # methods of tensors have none
    name = getattr(function, "__name__", "")
    if home.split(".")[0] != "torch" or home.startswith("torch._ops"):
        return None  # another library's function may be called anything
    if name == "__get__":  # an attribute of the tensor, such as .data
        name = getattr(getattr(function, "__self__", None), "__name__", "")
    in_place = name.removesuffix("_") if not name.endswith("__") else name
    return _TABLE.get(name) or _TABLE.get(in_place)
