"""What goes wrong in practice, each worked out beside what is right; the words are in `dcnviz.ui.texts.practice`."""
