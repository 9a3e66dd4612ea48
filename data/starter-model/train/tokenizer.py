# SPDX-License-Identifier: CC0-1.0
"""CLIP byte-level BPE: training of merges, encoding, and the four tokenizer files.

    python3 tokenizer.py train CAPTIONS_TXT OUT_DIR     (one caption per line)
    python3 tokenizer.py encode DIR "some prompt"

Rules (those of Hugging Face's fast CLIP tokenizer):
  1. Unicode NFC, every run of white space becomes one space, strip, lower-case
     each character on its own;
  2. split into pieces, first alternative that matches at each position:
     <|startoftext|> | <|endoftext|> | 's | 't | 're | 've | 'm | 'll | 'd |
     one or more letters (category L*) | one number character (category N*) |
     one or more characters that are none of white space, letter, number;
  3. UTF-8 bytes of a piece are mapped to printable characters (GPT-2 table), the
     last one gets the suffix </w>, then the merge with the lowest rank is applied
     repeatedly;
  4. <|startoftext|> + at most 75 tokens + <|endoftext|>, padded with
     <|endoftext|> to 77.
Vocabulary order: 256 byte symbols, the same 256 with </w>, one per merge,
<|startoftext|>, <|endoftext|>.
"""
import collections
import json
import os
import sys
import unicodedata

BOS, EOS = "<|startoftext|>", "<|endoftext|>"
CONTRACTIONS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")


def byte_table():
    """GPT-2's printable character for every byte, and the order of the bytes in the vocabulary."""
    keep = list(range(ord("!"), ord("~") + 1)) + list(range(0xA1, 0xAD)) + list(range(0xAE, 0x100))
    codes, n, order = {b: chr(b) for b in keep}, 0, list(keep)
    for b in range(256):
        if b not in codes:
            codes[b] = chr(256 + n)
            order.append(b)
            n += 1
    return codes, order


BYTES, ORDER = byte_table()


def clean(text):
    """Rule 1."""
    text = unicodedata.normalize("NFC", text)
    return "".join(c.lower() for c in " ".join(text.split()))


def kind(c):
    """L letter, N number, s white space, o anything else."""
    category = unicodedata.category(c)[0]
    return "s" if c.isspace() else (category if category in "LN" else "o")


def merge(symbols, pair):
    """The symbols with every occurrence of the pair joined, from left to right."""
    out, i = [], 0
    while i < len(symbols):
        if tuple(symbols[i:i + 2]) == pair:
            out.append(symbols[i] + symbols[i + 1])
            i += 2
        else:
            out.append(symbols[i])
            i += 1
    return out


def symbols_of(piece):
    """Rule 3, before any merge."""
    symbols = [BYTES[b] for b in piece.encode("utf-8")]
    symbols[-1] += "</w>"
    return symbols


def pieces(text):
    """Rule 2."""
    out, i, n = [], 0, len(text)
    while i < n:
        special = next((t for t in (BOS, EOS) + CONTRACTIONS if text.startswith(t, i)), None)
        if special:
            out.append(special)
            i += len(special)
            continue
        k = kind(text[i])
        if k == "s":
            i += 1
            continue
        j = i + 1
        if k != "N":
            while j < n and kind(text[j]) == k:
                j += 1
        out.append(text[i:j])
        i = j
    return out


class Tokenizer:
    def __init__(self, merges):
        self.merges = [tuple(m) for m in merges]
        self.rank = {m: i for i, m in enumerate(self.merges)}
        symbols = [BYTES[b] for b in ORDER]
        vocab = symbols + [s + "</w>" for s in symbols] + ["".join(m) for m in self.merges] + [BOS, EOS]
        self.vocab = {s: i for i, s in enumerate(vocab)}
        assert len(self.vocab) == len(vocab), "duplicate token"
        self.bos, self.eos = self.vocab[BOS], self.vocab[EOS]
        self.cache = {}

    @classmethod
    def load(cls, folder):
        with open(os.path.join(folder, "merges.txt"), encoding="utf-8") as file:
            lines = file.read().split("\n")[1:]
        tok = cls([tuple(line.split(" ")) for line in lines if line])
        with open(os.path.join(folder, "vocab.json"), encoding="utf-8") as file:
            assert tok.vocab == json.load(file)
        return tok

    def bpe(self, piece):
        if piece in (BOS, EOS):
            return [piece]
        if piece not in self.cache:
            w = symbols_of(piece)
            while len(w) > 1:
                best = min(range(len(w) - 1), key=lambda i: self.rank.get((w[i], w[i + 1]), 1 << 30))
                pair = (w[best], w[best + 1])
                if pair not in self.rank:
                    break
                w = merge(w, pair)
            self.cache[piece] = w
        return self.cache[piece]

    def encode(self, text, length=77):
        ids = [self.vocab[s] for p in pieces(clean(text)) for s in self.bpe(p)]
        ids = [self.bos] + ids[:length - 2] + [self.eos]
        return ids + [self.eos] * (length - len(ids))

    def save(self, folder):
        os.makedirs(folder, exist_ok=True)

        def dump(name, obj, **kw):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                json.dump(obj, f, **kw)
                f.write("\n")
        dump("vocab.json", self.vocab, ensure_ascii=False)
        with open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8") as f:
            f.write("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in self.merges))
        plain = {"lstrip": False, "normalized": True, "rstrip": False, "single_word": False}
        dump("special_tokens_map.json", {
            "bos_token": {"content": BOS, **plain}, "eos_token": {"content": EOS, **plain}, "pad_token": EOS,
            "unk_token": {"content": EOS, **plain}}, indent=2)
        special = {"__type": "AddedToken", **plain}
        dump("tokenizer_config.json", {
            "add_prefix_space": False, "bos_token": dict(special, content=BOS), "do_lower_case": True,
            "eos_token": dict(special, content=EOS), "errors": "replace", "model_max_length": 77,
            "pad_token": EOS, "tokenizer_class": "CLIPTokenizer", "unk_token": dict(special, content=EOS)}, indent=2)


def train(captions, max_merges=1500):
    """Merge the most frequent pair until every caption word is a single token."""
    freq = collections.Counter(p for c in captions for p in pieces(clean(c)))
    words = [(symbols_of(piece), count) for piece, count in freq.items()]
    merges = []
    while len(merges) < max_merges:
        pairs = collections.Counter()
        for w, f in words:
            for a, b in zip(w, w[1:]):
                pairs[a, b] += f
        if not pairs:
            break
        best = max(pairs, key=lambda k: (pairs[k], k))
        merges.append(best)
        words = [(merge(w, best), f) for w, f in words]
    return Tokenizer(merges)


if __name__ == "__main__":
    if sys.argv[1] == "train":
        t = train(open(sys.argv[2], encoding="utf-8").read().splitlines())
        t.save(sys.argv[3])
        print("merges", len(t.merges), "vocabulary", len(t.vocab))
    else:
        print(Tokenizer.load(sys.argv[2]).encode(sys.argv[3]))
