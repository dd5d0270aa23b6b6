"""Prints a payment request that nutshell's own code makes of JSON.

request.py creqA|creqB JSON   with the members of NUT-18
"""

import json
import sys

from cashu.core.base import PaymentRequest
from cashu.core.nuts import nut18, nut26

form, members = sys.argv[1:]
print({"creqA": nut18, "creqB": nut26}[form].serialize(PaymentRequest(**json.loads(members))))
