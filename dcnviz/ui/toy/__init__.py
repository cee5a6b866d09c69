"""The toy: a small map, one kernel, taps that a hand can move; a component that lives in the browser."""
