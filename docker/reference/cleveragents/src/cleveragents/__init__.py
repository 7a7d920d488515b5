"""The server of CleverAgents and its command line."""
