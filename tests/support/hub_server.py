"""A small Hub on 127.0.0.1: the part of the protocol that pushing and loading a model, and reading a
dataset (under the name datasets/owner/name), need.

`python tests/support/hub_server.py` prints its address and serves until it is ended; tests start `Hub`
in a thread and let a child process talk to it with HF_ENDPOINT set.
"""

import base64
import hashlib
import json
import os
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import yaml
from places import ROOT

TOKEN = "hf_" + "loopbackOnlyCanary0123456789abcdef"


def environment(address: str, home: Path, **more: str) -> dict[str, str]:
    """Variables of a child process that talks to this Hub alone, with a cache of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    return kept | {
        "HF_ENDPOINT": address,
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "PYTHONPATH": str(ROOT),
        "NO_PROXY": "127.0.0.1",
        **more,
    }


@dataclass
class Repo:
    private: bool = False
    files: dict[str, bytes] = field(default_factory=dict)
    lfs: set[str] = field(default_factory=set)
    commits: int = 0
    gated: bool = False
    """Files are given only with the token."""

    refs: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Files at other refs than main: branches by their name, pull requests as refs/pr/5."""
    claimed: dict[str, int] = field(default_factory=dict)
    """Sizes that the server says files have, instead of their own."""

    @property
    def sha(self) -> str:
        return self.commit_of("main")

    def commit_of(self, ref: str) -> str:
        """Commit id of a ref."""
        told = f"commit {self.commits}" if ref == "main" else f"{ref} {self.commits}"
        return hashlib.sha1(told.encode()).hexdigest()

    def at(self, revision: str | None) -> tuple[str, dict[str, bytes]] | None:
        """Commit id and files of a ref or a commit; None where there is no such revision."""
        for ref, files in {"main": self.files, **self.refs}.items():
            if revision in (None, ref, self.commit_of(ref)):
                return self.commit_of(ref), files
        return None

    def entry(self, path: str, content: bytes) -> dict[str, object]:
        """A file as the Hub's listings have it."""
        size = self.claimed.get(path, len(content))
        entry: dict[str, object] = {
            "type": "file",
            "path": path,
            "size": size,
            "oid": blob_id(content),
        }
        if path in self.lfs:
            digest = hashlib.sha256(content).hexdigest()
            entry["lfs"] = {"oid": digest, "sha256": digest, "size": size, "pointerSize": 130}
        return entry


@dataclass
class Fault:
    """The next `times` requests whose path holds `part` get `status`; 0 cuts the connection.

    200 cuts it too, after that many bytes `sent` of the content.
    """

    part: str
    status: int
    times: int = 1
    sent: int = 0


class Hub(ThreadingHTTPServer):
    """Repositories by name, uploaded large objects by SHA-256, and faults to come."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.repos: dict[str, Repo] = {}
        self.objects: dict[str, bytes] = {}
        self.faults: list[Fault] = []
        self.requests: list[str] = []
        self.damaged = ""
        """A file that the server stores with one byte changed."""
        self.stalled = threading.Event()
        """Set when a request met a fault of status -1, which is never answered."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> "Hub":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is part of the tests."""


def blob_id(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hub

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def _serve(self) -> None:
        quoted = urlsplit(self.path).path
        path = unquote(quoted)
        self.server.requests.append(f"{self.command} {path}")
        self._cut_after: int | None = None
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self._fault(path):
            return
        if (
            self.command == "POST"
            and not any(part in path for part in OPEN_TO_ALL)
            and not self._known
        ):
            return self._json({"error": "Invalid credentials"}, 401)
        for pattern, method in ROUTES:
            if found := re.fullmatch(pattern, quoted):
                parts = [None if part is None else unquote(part) for part in found.groups()]
                return method(self, body, *parts)
        return self._json({"error": f"no route {path}"}, 404)

    @property
    def _known(self) -> bool:
        """True if the request bears the token."""
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def _fault(self, path: str) -> bool:
        for fault in self.server.faults:
            if fault.part in path and fault.times > 0:
                fault.times -= 1
                if fault.status == 200:
                    self._cut_after = fault.sent
                    return False
                if fault.status == -1:
                    self.server.stalled.set()
                    threading.Event().wait(60)
                if fault.status <= 0:
                    self.close_connection = True
                else:
                    self._json({"error": "made to fail"}, fault.status)
                return True
        return False

    def _send(self, content: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: self._cut_after])
            self.close_connection = self.close_connection or self._cut_after is not None

    def _json(self, data: object, status: int = 200, **headers: str) -> None:
        self._send(json.dumps(data).encode(), status, Content_Type="application/json", **headers)

    def _repo(self, name: str) -> Repo | None:
        repo = self.server.repos.get(name)
        if repo is None:
            self._json({"error": "not found"}, 404, X_Error_Code="RepoNotFound")
        return repo

    def create(self, body: bytes) -> None:
        asked = json.loads(body)
        name = f"{asked.get('organization') or 'tester'}/{asked['name']}"
        known = name in self.server.repos
        if not known:
            private = bool(asked.get("private")) or asked.get("visibility") == "private"
            self.server.repos[name] = Repo(private=private)
        self._json({"url": f"{self.server.url}/{name}", "name": name}, 409 if known else 200)

    def validate(self, body: bytes) -> None:
        content = json.loads(body)["content"]
        good = re.match(r"---\n(.+?)\n---\n", content, re.DOTALL)
        errors = _wrong_metadata(yaml.safe_load(good[1])) if good else [{"message": "no metadata"}]
        self._json({"errors": errors, "warnings": []}, 200 if good else 400)

    def preupload(self, body: bytes, name: str, _revision: str) -> None:
        repo = self._repo(name)
        if repo is None:
            return
        files = []
        for file in json.loads(body)["files"]:
            path, content = file["path"], repo.files.get(file["path"])
            large = path.endswith(".safetensors")
            oid = None
            if content is not None:
                oid = hashlib.sha256(content).hexdigest() if large else blob_id(content)
            mode = "lfs" if large else "regular"
            files.append({"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": oid})
        self._json({"files": files})

    def batch(self, body: bytes, _name: str) -> None:
        objects = []
        for item in json.loads(body)["objects"]:
            href = f"{self.server.url}/objects/{item['oid']}"
            actions = {} if item["oid"] in self.server.objects else {"upload": {"href": href}}
            objects.append({**item, "actions": actions} if actions else item)
        self._json({"transfer": "basic", "objects": objects})

    def put(self, body: bytes, oid: str) -> None:
        if hashlib.sha256(body).hexdigest() != oid:
            return self._json({"error": "hash differs"}, 400)
        self.server.objects[oid] = body
        return self._send(b"")

    def commit(self, body: bytes, name: str, _revision: str) -> None:
        repo = self._repo(name)
        if repo is None:
            return None
        files, lfs = dict(repo.files), set(repo.lfs)
        for line in body.splitlines():
            item = json.loads(line)
            key, value = item["key"], item["value"]
            if key == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif key == "lfsFile":
                if value["oid"] not in self.server.objects:
                    return self._json({"error": "object was never uploaded"}, 400)
                files[value["path"]] = self.server.objects[value["oid"]]
                lfs.add(value["path"])
            elif key == "deletedFile":
                files.pop(value["path"], None)
        if self.server.damaged in files:
            good = files[self.server.damaged]
            files[self.server.damaged] = good[:-1] + bytes([good[-1] ^ 1])
        repo.files, repo.lfs, repo.commits = files, lfs & set(files), repo.commits + 1
        url = f"{self.server.url}/{name}/commit/{repo.sha}"
        return self._json({"success": True, "commitOid": repo.sha, "commitUrl": url})

    def _at(self, name: str, revision: str | None) -> tuple[Repo, str, dict[str, bytes]] | None:
        """A repository, with the commit id and the files of a revision; answered where there is none."""
        repo = self._repo(name)
        if repo is None:
            return None
        found = repo.at(revision)
        if found is None:
            self._json({"error": "no revision"}, 404, X_Error_Code="RevisionNotFound")
            return None
        return repo, *found

    def info(self, _body: bytes, name: str, revision: str | None) -> None:
        found = self._at(name, revision)
        if found is None:
            return
        repo, sha, files = found
        siblings = []
        for path, content in sorted(files.items()):
            entry = repo.entry(path, content)
            lfs = {"lfs": entry["lfs"]} if "lfs" in entry else {}
            siblings.append(
                {"rfilename": path, "size": entry["size"], "blobId": entry["oid"], **lfs}
            )
        card = {"license": "cc-by-4.0"} if "README.md" in files else None
        said = {"id": name.removeprefix("datasets/"), "sha": sha, "siblings": siblings}
        self._json(said | {"tags": [], "cardData": card, "gated": repo.gated and "auto"})

    def refs(self, _body: bytes, name: str) -> None:
        repo = self._repo(name)
        if repo is None:
            return
        listed: dict[str, list[dict[str, str]]] = {"branches": [], "pullRequests": []}
        for ref in ("main", *repo.refs):
            pull = ref.startswith("refs/pr/")
            listed["pullRequests" if pull else "branches"].append(
                {
                    "name": ref.rsplit("/", 1)[-1],
                    "ref": ref if pull else f"refs/heads/{ref}",
                    "targetCommit": repo.commit_of(ref),
                }
            )
        self._json({**listed, "converts": [], "tags": []})

    def tree(self, _body: bytes, name: str, revision: str, prefix: str | None) -> None:
        found = self._at(name, revision)
        if found is None:
            return None
        repo, _, files = found
        start = f"{prefix.strip('/')}/" if prefix else ""
        paths = [path for path in sorted(files) if path.startswith(start)]
        if start and not paths:
            return self._json({"error": "no entry"}, 404, X_Error_Code="EntryNotFound")
        entries, folders = [], set()
        for path in paths:
            above = path.removeprefix(start).split("/")[:-1]
            folders |= {start + "/".join(above[:k]) for k in range(1, len(above) + 1)}
            entries.append(repo.entry(path, files[path]))
        entries += [{"type": "directory", "path": path, "oid": "0" * 40} for path in folders]
        if "recursive=true" not in self.path.lower():
            entries = [e for e in entries if "/" not in str(e["path"]).removeprefix(start)]
        return self._json(entries)

    def paths_info(self, body: bytes, name: str, revision: str) -> None:
        at = self._at(name, revision)
        if at is None:
            return
        repo, _, files = at
        asked = json.loads(body) if body.startswith(b"{") else parse_qs(body.decode())
        found: list[dict[str, object]] = []
        for path in asked["paths"]:
            if path in files:
                found.append(repo.entry(path, files[path]))
            elif any(file.startswith(f"{path}/") for file in files):
                found.append({"type": "directory", "path": path, "oid": "0" * 40})
        self._json(found)

    def resolve(self, _body: bytes, name: str, revision: str, path: str) -> None:
        found = self._at(name, revision)
        if found is None:
            return
        repo, sha, files = found
        if repo.gated and not self._known:
            self._json({"error": "gated"}, 401, X_Error_Code="GatedRepo")
            return
        content = files.get(path)
        if content is None:
            self._json({"error": "no entry"}, 404, X_Error_Code="EntryNotFound")
            return
        tag = hashlib.sha256(content).hexdigest() if path in repo.lfs else blob_id(content)
        headers = {"X_Repo_Commit": sha, "ETag": f'"{tag}"', "Accept_Ranges": "bytes"}
        if part := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or ""):
            first, last = int(part[1]), min(int(part[2] or len(content)), len(content) - 1)
            headers["Content_Range"] = f"bytes {first}-{last}/{len(content)}"
            self._send(content[first : last + 1], 206, **headers)
        else:
            self._send(content, **headers)


NAME = r"((?:datasets/)?[^/]+/[^/]+)"
API = rf"/api/(?:models/)?{NAME}"


def _wrong_metadata(data: dict[str, object]) -> list[dict[str, str]]:
    """Errors as the Hub words them, for keys that it refuses."""
    patterns = {
        "language": r"[a-z]{2,3}",
        "license": r"[a-z0-9.+-]+",
        "license_name": r"[a-z0-9.-]+",
    }
    return [
        {"message": f'"{key}" with value "{value}" is not valid'}
        for key, pattern in patterns.items()
        for value in [data.get(key)]
        if value is not None and not re.fullmatch(pattern, str(value))
    ]


OPEN_TO_ALL = ("/paths-info/", "/api/validate-yaml")
"""What the Hub answers without a token."""

ROUTES = (
    (r"/api/repos/create", Handler.create),
    (r"/api/validate-yaml", Handler.validate),
    (rf"{API}/preupload/([^/]+)", Handler.preupload),
    (rf"/{NAME}\.git/info/lfs/objects/batch", Handler.batch),
    (r"/objects/([0-9a-f]{64})", Handler.put),
    (rf"{API}/commit/([^/]+)", Handler.commit),
    (rf"{API}/paths-info/([^/]+)", Handler.paths_info),
    (rf"{API}/tree/([^/]+)(/.*)?", Handler.tree),
    (rf"{API}/refs", Handler.refs),
    (rf"{API}(?:/revision/([^/]+))?", Handler.info),
    (rf"/{NAME}/resolve/([^/]+)/(.+)", Handler.resolve),
)

if __name__ == "__main__":
    hub = Hub()
    print(hub.url, flush=True)
    hub.serve_forever()
