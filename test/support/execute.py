"""Runs a notebook by nbclient and writes it; checks the further notebooks named against Jupyter's schema.

usage: execute.py NOTEBOOK OUT [TO_VALIDATE…]
"""

import sys

import nbclient
import nbformat

source, out, *others = sys.argv[1:]
for other in others:
    nbformat.validate(nbformat.read(other, 4))
notebook = nbformat.read(source, 4)
nbclient.NotebookClient(notebook, timeout=120, kernel_name="convlab").execute()
nbformat.validate(notebook)
nbformat.write(notebook, out)
