#!/usr/bin/env python3
"""Compares the includes of host/, sdk/ and plugins/ with the layers: lower ones never include higher ones, and no
files of one directory include each other in a circle. What only Linux has is in host/platform/linux/, so that a port adds a directory there and changes no other file."""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1])

# What each directory of host/ may include directly; what these may include, it may too.
MAY_INCLUDE = {
    "platform": [],
    "base": ["platform"],
    "oci": ["base"],
    "channel": ["base"],
    "http": ["base"],
    "registry": ["oci", "http"],
    "image": ["registry"],
    "push": ["image"],
    "flavor": ["push", "channel", "berth"],
    "store": ["oci"],
    "app": ["flavor", "store", "berth"],
    "cli": ["app"],
    "worker": ["channel", "platform", "berth"],
    "berth": [],  # the SDK
}

# Libraries that few directorys may know, and which: they cost seconds a file, or must not reach the worker.
FEW_PLACES = {"nlohmann/": ("host/base/",), "curl/": ("host/http/",), "openssl/": ("host/oci/", "host/http/"), "isa-l": ("host/image/",),
              "toml++/": ("host/registry/",)}

# What only Linux has. POSIX is allowed everywhere; host/platform/ has portable headers and may not show it either.
LINUX_HEADERS = re.compile(r"(linux|asm)/|sys/(auxv|capability|epoll|eventfd|fanotify|inotify|memfd|prctl|random|sendfile|signalfd|syscall|"
                           r"sysinfo|sysmacros|timerfd|xattr)\.h$|(elf|link|malloc|sys/vfs|sched)\.h$")
LINUX_NAMES = re.compile(
    r"\b(SOCK_(CLOEXEC|NONBLOCK)|MSG_CMSG_CLOEXEC|POLLRDHUP|SO_PEERCRED|SIO(CIN|COUT)Q|O_(TMPFILE|PATH)|AT_EMPTY_PATH|"
    r"F_(ADD|GET)_SEALS|MFD_\w+|EFD_\w+|PR_[SG]ET_\w+|SYS_\w+|SECCOMP_\w+|CLONE_\w+|RLIMIT_(MEMLOCK|MSGQUEUE|NPROC)|__rlimit_resource_t|"
    r"eventfd|memfd_create|pidfd_\w+|prctl|syscall|gettid|getauxval|epoll_\w+|inotify_\w+|signalfd|timerfd_\w+|"
    r"pipe2|accept4|openat2|close_range|closefrom|copy_file_range|sendfile|splice|statx|renameat2|fallocate|execvpe|execveat|fexecve|"
    r"posix_spawn_file_actions_addclosefrom_np|secure_getenv|getrandom|explicit_bzero|strerror_r|strerrorname_np|makedev|"
    r"program_invocation_(short_)?name|sched_[gs]etaffinity|prlimit|unshare|setns|canonicalize_file_name|__GLIBC__|__linux__)\b"
    r'|"/(proc|sys)/')
COMMENT = re.compile(r"//.*")

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def allowed(directory):
    found = {directory}
    for lower in MAY_INCLUDE[directory]:
        found |= allowed(lower)
    return found


def sources(*directorys):
    for directory in directorys:
        for path in sorted((ROOT / directory).rglob("*")):
            if path.suffix in (".h", ".hpp", ".cpp", ".c"):
                yield path, path.relative_to(ROOT).as_posix(), INCLUDE.findall(path.read_text())


def linux_in(path, name, includes):
    for include in includes:
        if LINUX_HEADERS.match(include):
            yield f"{name} includes {include}, which only Linux has: put it behind an interface in host/platform/"
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = LINUX_NAMES.search(COMMENT.sub("", line))
        if found:
            yield f"{name}:{number} uses {found[0]}, which only Linux has: put it behind an interface in host/platform/"


def module(name):
    """A header and the source of its name are one module."""
    return name.rsplit(".", 1)[0]


def find_circle(uses):
    """A list of modules of which each uses the next, and the last the first; None if there is none."""
    done = set()

    def visit(path):
        for used in sorted(uses.get(path[-1], ())):
            if used in path:
                return path[path.index(used):]
            if used not in done and (circle := visit(path + [used])):
                return circle
        done.add(path[-1])
        return None

    for start in sorted(uses):
        if start not in done and (circle := visit([start])):
            return circle
    return None


def circles():
    """One line for each circle. An include that closed one is ignored to find the next."""
    uses = {}
    for _, name, includes in sources("host", "sdk", "plugins"):
        base = {"host": "host/", "sdk": "sdk/include/", "plugins": "plugins/"}[name.split("/")[0]]
        own = module(name)
        for include in includes:
            used = base + module(include)
            if used != own and used.rsplit("/", 1)[0] == own.rsplit("/", 1)[0]:
                uses.setdefault(own, set()).add(used)
    while circle := find_circle(uses):
        yield "these include each other: " + " -> ".join(circle + circle[:1])
        uses[circle[-1]].discard(circle[0])


def main():
    problems = list(circles())
    for path, name, includes in sources("host"):
        directory = name.split("/")[1]
        if directory not in MAY_INCLUDE:
            problems.append(f"{name}: {directory} is not a directory of host/README.md")
            continue
        if not name.startswith("host/platform/linux/"):
            problems += linux_in(path, name, includes)
        for include in includes:
            target = include.split("/")[0]
            if target in MAY_INCLUDE and target not in allowed(directory):
                problems.append(f"{name} includes {include}: {directory} may not include {target}")
            if directory == "platform" and include.startswith(("boost/", "fmt/", "berth/")):
                problems.append(f"{name} includes {include}: platform may include only the standard library and the system's headers")
            for library, places in FEW_PLACES.items():
                if include.startswith(library) and not name.startswith(places):
                    problems.append(f"{name} includes {include}, which only {' and '.join(places)} may")
    for path, name, includes in sources("sdk", "plugins"):
        problems += linux_in(path, name, includes)
        for include in includes:
            own = (name.split("/")[1] + "/", "common/") if name.startswith("plugins/") else ()
            if "/" in include and not include.startswith(("berth/", *own)):
                problems.append(f"{name} includes {include}: sdk/ knows itself, plugins/ the SDK, their directory and plugins/common, both the "
                                "standard library")
    print("\n".join(problems) or "the includes keep to the layers")
    return 1 if problems else 0


sys.exit(main())
