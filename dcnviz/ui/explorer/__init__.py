"""The in-browser explorer: its binary payload, its scripts, and the Streamlit component that mounts them."""
