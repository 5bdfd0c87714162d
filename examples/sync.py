"""Keeps a copy of a user's friends in a file: python3 sync.py alice copy.json

The first run reads the whole list, every later one what changed since. Needs nothing but Python 3.8.
"""
import json
import os
import sys
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

URL = os.environ.get("FRIENDGATE_URL", "http://localhost:8787")
TOKEN = os.environ.get("API_TOKEN", "local-api-token")


def read_page(user_id, query):
    """One page; None if friendgate has forgotten deletions since then."""
    path = f"/v1/users/{quote(user_id, safe='')}/friends?{urlencode(query)}"
    request = Request(URL + path, headers={"Authorization": f"Bearer {TOKEN}"})
    try:
        with urlopen(request, timeout=10) as response:
            return json.load(response)
    except HTTPError as error:
        if error.code == 410:
            return None
        sys.exit(f"HTTP {error.code}: {error.read().decode()}")


def bring_up_to_date(user_id, copy):
    friends = dict(copy["friends"])
    query = {"since": copy["since"]} if copy["since"] else {}
    while True:
        page = read_page(user_id, query)
        if page is None:  # Begin again, with the whole list.
            friends, query = {}, {}
            continue
        # A row may come twice: setting and removing it again does no harm.
        friends.update((friend["friendId"], friend["addedAt"]) for friend in page["friends"])
        for friend in page["deleted"]:
            friends.pop(friend["friendId"], None)
        if page["cursor"] is None:
            return {"since": page["since"], "friends": friends}
        query = {"cursor": page["cursor"]}


if __name__ == "__main__":
    user_id, file = sys.argv[1:]
    copy = {"since": None, "friends": {}}
    if os.path.exists(file):
        with open(file, encoding="utf-8") as stored:
            copy = json.load(stored)
    copy = bring_up_to_date(user_id, copy)
    with open(file, "w", encoding="utf-8") as stored:
        json.dump(copy, stored)
    print(len(copy["friends"]), "friends")
