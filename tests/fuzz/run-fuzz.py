#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one fuzz harness for a bounded time on a corpus made for it.

    run-fuzz.py NAME HARNESS SOURCE_ROOT [LIBFUZZER_OPTION...]

Each seed is something real or one step beside it, so that a few thousand runs get past the first checks. What the
fuzzer finds (crash-*, timeout-*) stays in the current folder; give it to the harness as a file name to see it again.
"""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

OPTIONS = ["-runs=20000", "-max_total_time=8", "-max_len=16384", "-timeout=10", "-rss_limit_mb=2048", "-seed=1",
           "-print_final_stats=1", "-verbosity=0"]


def safetensors(header, data):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensor(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def seeds_safetensors(_root):
    yield safetensors({}, b"")
    yield safetensors({"__metadata__": {"format": "pt"}, "a": tensor("F32", [2, 1], 0, 8),
                       "b": tensor("F16", [3], 8, 14)}, bytes(range(14)))
    for dtype, size in [("F64", 8), ("BF16", 2), ("I64", 8), ("I32", 4), ("I16", 2), ("I8", 1), ("U8", 1), ("BOOL", 1),
                        ("F8_E4M3", 1), ("F4", 1)]:
        yield safetensors({"a": tensor(dtype, [], 0, size), "b": tensor(dtype, [0, 7], size, size)}, bytes(size))
    yield safetensors({"a": tensor("F32", [1], 0, 4), "b": tensor("F32", [1], 0, 4)}, bytes(4))
    yield safetensors({"a": tensor("F32", [1 << 62], 0, 0)}, b"")
    yield b"PK\3\4\0\0\0\0\0\0" + bytes(20)
    yield b"\x80\2}q\0." + bytes(20)


def seeds_lora(root):
    """Names, one a line (an even byte first), and files (an odd one)."""
    layers = ["lora_unet_down_blocks_0_attentions_0_proj_in", "lora_te1_text_model_encoder_layers_0_self_attn_q_proj", "unet.mid_block.resnets.0.conv1",
              "base_model.model.text_model.encoder.layers.2.mlp.fc1", "unet.up_blocks.1.attentions.0.transformer_blocks.0.attn1.processor.to_out",
              "text_encoder_2.text_model.encoder.layers.0.self_attn.to_q", "diffusion_model.input_blocks.1.1.proj_in", "x"]
    ends = [".lora_down.weight", ".lora_up.weight", ".lora_mid.weight", ".alpha", ".lora_A.weight", ".lora_B.default.weight", "_lora.down.weight",
            ".hada_w1_a", ".lokr_w2", ".dora_scale", ".diff_b", ""]
    for end in ends:
        yield b"\0" + "\n".join(layer + end for layer in layers).encode()
    yield b"\1" + safetensors({"a.lora_down.weight": tensor("F32", [2, 3], 0, 24), "a.lora_up.weight": tensor("F32", [1, 2], 24, 32),
                               "a.alpha": tensor("F32", [], 32, 36)}, bytes(36))
    yield b"\1" + safetensors({"__metadata__": {"lora_adapter_metadata": "{\"unet.lora_alpha\":2,\"unet.alpha_pattern\":{\"q\":1}}"},
                               "unet.q.lora_A.weight": tensor("F16", [1, 2, 3, 3], 0, 36),
                               "unet.q.lora_B.weight": tensor("F16", [2, 1, 1, 1], 36, 40)}, bytes(40))
    for path in sorted((root / "tests" / "model" / "reference" / "lora").glob("peft.safetensors")):
        yield b"\1" + path.read_bytes()


def seeds_torch(root):
    """Archives (an even byte first) and pickles alone (an odd one) of the malicious files that the tests write, and of good ones."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(root / "tests" / "formats"))
    torch = __import__("make-torch-files")
    with tempfile.TemporaryDirectory(prefix="limn-fuzz-") as folder:
        torch.main(pathlib.Path(folder))
        for path in sorted(pathlib.Path(folder).iterdir()):
            if path.is_file() and path.stat().st_size < 4096:
                yield b"\0" + path.read_bytes()
    yield b"\0" + (root / "tests" / "formats" / "reference" / "torch-1.13.pt").read_bytes()
    for _, body, _ in [*torch.malicious("x"), *torch.damaged()]:
        for protocol in (2, 4):
            if len(body) < 4096:
                yield b"\1" + torch.program(body, protocol)


def trajectory(version, tensors):
    """@tensors: name -> (shape, values)"""
    header, data = {"__metadata__": {"limn": '{"seed": 1}', "limn-format": f"trajectory-{version}"}}, b""
    for name, (shape, values) in tensors.items():
        raw = struct.pack(f"<{len(values)}{'q' if name.startswith('state/') else 'd'}", *values)
        header[name] = tensor("I64" if name.startswith("state/") else "F64", shape, len(data), len(data) + len(raw))
        data += raw
    return safetensors(header, data)


def seeds_trajectory(root):
    yield from seeds_safetensors(root)
    for n in (0, 1, 2):
        common = {"latents": ([n + 1, 1, 1, 2], range(2 * n + 2)), "sigmas": ([n + 1], range(n, -1, -1)),
                  "denoised": ([n, 1, 1, 2], range(7, 2 * n + 7)), "timesteps": ([n], range(n))}
        states = {"state/x": ([n + 1, 4], [value for i in range(n + 1) for value in (i, 0, 2, i)]),
                  "state/noise": ([1, 4], [n, 2, 3, 1]), "state/none": ([1, 4], [0, 2, 0, 0]),
                  "pool/3": ([2, 3], [1, 2, 3, 1, 2, -0.0])}
        yield trajectory(1, {**common, "history/x": ([2], [1, 2]), "history/p": ([], [3])})
        yield trajectory(2, {**common, **states})
        yield trajectory(2, {**common, **states, "state/noise": ([1, 4], [n, 2, 3, 2])})
    yield trajectory(2, {**common, **states, "state/d": ([2, 4], [1, 1, 2, 0, 2, 1, 2, 1])})


def seeds_json_config(root):
    for path in sorted((root / "data" / "starter-model").rglob("*config*.json")):
        yield path.read_bytes()
    yield b'{"a": [' + b"[" * 100
    yield b'{"a": 9223372036854775808, "b": 1e400, "a": "\\u0000"}'
    yield b'{"o": {"k": [{"v": 9}, null, "x", 1.5]}}'


def seeds_model_config(root):
    yield from seeds_json_config(root)
    unet = json.loads((root / "data" / "starter-model" / "unet" / "config.json").read_text(encoding="utf-8"))
    for key, value in [("attention_head_dim", [4, 4, 4]), ("layers_per_block", [1, 2, 3]), ("in_chanels", 4),
                       ("transformer_layers_per_block", [1, 2, 10]), ("freq_shift", 1), ("norm_eps", 1e-300)]:
        yield json.dumps({**unet, key: value}).encode()


TEXTS = ["a red house on a green hill at sunset", "it's 3 o'clock <|endoftext|>!",
         "Cafe\u0301 \u1100\u1161\u11a8 \u03a3",
         "  \t\u00a0\u3000 x \u0130\u2167", "\U0001f3e1\U0001f3fd\u200d\u2640\ufe0f"]


def seeds_tokenizer(root):
    folder = root / "data" / "starter-model" / "tokenizer"
    merges = b"#version: 0.2\n" + b"\n".join((folder / "merges.txt").read_bytes().split(b"\n")[1:20])
    for text in TEXTS:
        yield b"\0" + text.encode()
    yield b"\1" + merges + b"\0" + TEXTS[0].encode()
    yield b"\2" + (folder / "vocab.json").read_bytes() + b"\0" + merges + b"\0" + TEXTS[0].encode()
    yield b'\2{"a": 0, "b": 1}\0a b\n\0ab'
    yield b"\3i n\nt h\na n\nth e</w>\n\0then in an and the"
    yield b"\3aa aa\na a\n\0" + b"a" * 40


def seeds_queue(_root):
    request = {"version": 1, "model": None, "prompt": TEXTS[0], "negative": "", "prompt_syntax": "a1111", "seed": "7",
               "rng": "cpu", "steps": None, "sampler": None, "schedule": "model", "eta": None, "cfg": None,
               "cfg_rescale": 0.0, "prediction": None, "width": None, "height": None, "precision": "f32",
               "batch_count": 3, "batch_index": 0, "device": None, "preview": "noisy", "preview_every": 1,
               "preview_half": False, "keep_latents": True}
    source = {"picture": "0123456789abcdef" * 4, "mask": None, "file": None, "strength": 0.75, "content": "original",
              "feather": 8, "only_masked": False, "padding": 32, "grow_left": 0, "grow_top": 0, "grow_right": 64,
              "grow_bottom": 0, "restore": "none"}
    newer = {**request, "version": 2, "source": source, "tile": 0, "overlap": 0, "wrap_x": False, "wrap_y": False}
    sourced = [newer, {**newer, "source": None, "tile": 512, "overlap": 96, "wrap_x": True},
               {**newer, "source": {**source, "mask": source["picture"], "only_masked": True, "content": "noise"}},
               {**newer, "source": {**source, "file": source["picture"], "restore": "jpeg"}, "version": 1},
               {**newer, "source": {**source, "strength": 1e300, "padding": -1}}]
    job = {"id": "8c6f3a9e-1111-4222-8333-444455556666", "name": "2026-11-21 04-15-07 a house", "request": request,
           "max_slowdown": 0.25, "picture": 2, "unsaved": [0, 1], "stopped": None, "failed": None}
    for jobs in [[], [job], [{**job, "parent_steps": job["id"]}],
                 [job, {**job, "id": "9c6f3a9e-1111-4222-8333-444455556666", "stopped": 1, "failed": "why"}],
                 [job, job], [{**job, "unsaved": [1, 0]}], *([{**job, "request": over}] for over in sourced)]:
        yield b"\0" + json.dumps({"version": 2, "folders": ["/pictures"], "jobs": jobs}).encode()
    yield b"\1" + json.dumps({"version": 1, "passes": {"||f32|512x512|guided": 0.5}, "frames": {"||f32|512x512|full": 0.2},
                              "models": {"": {"steps": 20, "width": 512, "height": 512, "calls": 1, "guided": 2}}}).encode()
    for text in TEXTS + ["../../x", "(a:1.2) \u202egpj.exe", "." * 70 + "x"]:
        yield b"\2" + text.encode()


def seeds_prompt_program(_root):
    for text in ["a [lake:sea:0.5] at [dawn|dusk|]", "[a:[b:c:7]:.25] AND d:0.7 AND e : -1.5", "[[a|b]:(c:1.2):3][ in d::0.6][: e :9]",
                 "x <lora:ink:0.8> <lora:oil:te=0.5:unet=1><lyco:z:1:2:3>", "a | b [c:d:3]", "((a][:b:c [d:3]", "[\\[a\\|:b\\:c:1e1]\\\\",
                 "[" * 40 + ":1]" * 40, "[é:ü|:ß:2]", "AND AND", "(a:[1.2:1.4:5])"]:
        for side in (0, 1, 2):
            yield bytes([side, 9]) + text.encode()


def seeds_request(_root):
    plain = {"version": 1, "model": None, "prompt": "a house at noon", "negative": "fog", "prompt_syntax": "a1111", "seed": "7",
             "rng": "cpu", "steps": 20, "sampler": "euler-a", "schedule": "model", "eta": 1.0, "cfg": 7.0, "cfg_rescale": 0.0,
             "prediction": "epsilon", "width": 64, "height": 64, "precision": "f32", "batch_count": 1, "batch_index": 0,
             "device": None, "preview": "noisy", "preview_every": 1, "preview_half": False, "keep_latents": True}
    newest = {**plain, "version": 3, "source": None, "tile": 0, "overlap": 0, "wrap_x": False, "wrap_y": False, "branch": None,
              "mix": None, "variation_seed": "9", "variation_strength": 0.25, "seed_width": 32, "seed_height": 64}
    quiet = {**newest, "variation_seed": "0", "variation_strength": 0.0, "seed_width": 0, "seed_height": 0}

    def branch(of, step, **changed):
        return {**(quiet if of["version"] < 3 else of), "mix": None,
                "branch": {"from": of, "step": step, "noise": "none", "noise_seed": "0", "noise_amount": 0.0}, **changed}

    def mix(way, *ends, u=0.5, v=0.0):
        return {**quiet, "mix": {"way": way, "ends": ends, "u": u, "v": v, "strength": 0.5}}

    picture = "0123456789abcdef" * 4
    end, painted = {"request": plain, "picture": None}, {"request": None, "picture": picture}
    deep = plain
    for step in range(12):
        deep = branch(deep, step, cfg=1.0 + step)
    fresh = branch(plain, 8, prompt="a house at night")
    fresh["branch"] = {**fresh["branch"], "noise": "renoise", "noise_seed": "3", "noise_amount": 0.5}
    latest = {**newest, "version": 4, "clip_skip": 2, "vae": "~/vae.safetensors",
              "controls": [{"model": "~/edges.safetensors", "picture": "0123456789abcdef" * 4, "preprocessor": "edge", "strength": 0.8,
                            "start": 0.0, "end": 0.5}]}
    requests = [plain, newest, latest, branch(latest, 3, clip_skip=1), branch(plain, 8), branch(plain, 8, cfg=3.0), fresh,
                branch(fresh, 4, steps=30, schedule="karras"), deep, mix("noise", end, end), mix("pictures", painted, painted, painted, {**end, "picture": picture}, v=1.0),
                branch(mix("noise", end, {"request": mix("noise", end, end), "picture": None}), 5, prompt="x")]
    for request in requests:
        yield b"\0" + json.dumps(request).encode()
    yield b"\0" + b'{"branch":{"from":' * 300
    for base, x, y in [(plain, ("cfg", ["1", "7.5"]), ("prompt-part", ["noon", "night", ""])),
                       (fresh, ("noise-seed", ["1", "2", "18446744073709551615"]), None),
                       (mix("noise", end, end), ("lambda", ["0", "0.5", "1"]), ("sampler", ["ddim", "euler"]))]:
        axes = [axis and {"field": axis[0], "values": axis[1]} for axis in (x, y)]
        sheet = {"version": 1, "kind": "grid", "base": base, "x": axes[0], "y": axes[1]}
        yield b"\1" + json.dumps({"version": 1, "job": "8c6f3a9e-1111-4222-8333-444455556666", "picture": 1, "sheet": sheet}).encode()
    for field, text in enumerate(["1, 5-7", "10-30 (+5)", "1-9 (+0.5), 3", "euler, DPM++ 2M", "Karras, model", "0-1 [5]", 'a, "b, c", ""',
                                  "0.1-0.9 [3]", "1-0 (-0.25)", ".5", "3-1", "0-1", "18446744073709551615-0 [4]", "1e-3", "0-19"]):
        yield b"\2" + bytes([field]) + text.encode()
    for old, new in [("a house at noon, oil", "a house at night, oil"), ("", "x"), ("(a:1.2) b", "(a:1.4) c. b"), ("é é", "é. é")]:
        yield b"\3" + old.encode() + b"\0" + new.encode()


def seeds_prompt(_root):
    for text in TEXTS + ["(a:1.2), ((b)) [c] \\(d\\) BREAK e", "(a:1.2.3) (b: -.5 ) [x:1.2] a) b] (((", "sun, " * 90,
                         "BREAK " * 20, "\\", "(:1)(:)", "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky)))."]:
        for syntax in (b"\0", b"\1"):
            yield syntax + text.encode()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def seeds_png_text(_root):
    image = [chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))]
    end = [chunk(b"IDAT", zlib.compress(b"\0\1\2\3")), chunk(b"IEND", b"")]
    parameters = ("a (house:1.2)\nNegative prompt: dull\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, "
                  'Size: 64x64, Model: "a, b", Version: x')
    xmp = b"XML:com.adobe.xmp\0"
    packet = (b"<?xpacket begin='' id='x'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-"
              b"syntax-ns#'><rdf:Description xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:Rating='3'><xmp:Rating>3</xmp:Rating>"
              b"</rdf:Description></rdf:RDF></x:xmpmeta>")
    texts = [[], [chunk(b"iTXt", xmp + b"\0\0\0\0" + packet)], [chunk(b"iTXt", xmp + b"\1\0\0\0" + zlib.compress(packet))],
             [chunk(b"tEXt", xmp + packet)], [chunk(b"zTXt", xmp + b"\0" + zlib.compress(packet))], [chunk(b"tEXt", b"parameters\0" + parameters.encode())],
             [chunk(b"zTXt", b"parameters\0\0" + zlib.compress(parameters.encode()))],
             [chunk(b"iTXt", b"parameters\0\0\0\0\0" + "Ü\nSteps: 1, Seed: 2, Size: 8x8".encode())],
             [chunk(b"iTXt", b"limn\0\1\0\0\0" + zlib.compress(b'{"seed": 1}'))]]
    for text in texts:
        yield b"\0\x89PNG\r\n\x1a\n" + b"".join(image + text + end)
    yield b"\1" + parameters.encode()
    yield b"\1Steps: 1, Seed: 2, Size: 8x8"
    yield b"\1" + b'Steps: "\\", Seed:: , : ,'


def jpeg(size, kind, scans):
    """No encoder is needed for a JPEG of the simplest tables: one code of one bit a table, which means "no more"."""
    segment = lambda mark, data: b"\xff" + bytes([mark]) + struct.pack(">H", len(data) + 2) + data
    n = 3 if kind else 1
    out = b"\xff\xd8" + segment(0xdb, bytes([0]) + bytes([16]) * 64)
    frame = struct.pack(">BHHB", 8, size, size, n) + b"".join(bytes([i + 1, 0x22 if i == 0 and kind > 1 else 0x11, 0]) for i in range(n))
    out += segment(0xc0, frame) + segment(0xc4, b"\0\1" + bytes(15) + b"\0") + segment(0xc4, b"\x10\1" + bytes(15) + b"\0")
    scan = segment(0xda, bytes([n]) + b"".join(bytes([i + 1, 0]) for i in range(n)) + b"\0\x3f\0") + bytes(24)
    return out + scan * scans + b"\xff\xd9"


def seeds_jpeg(_root):
    for size, kind, scans in [(8, 0, 1), (17, 1, 1), (33, 2, 1), (16, 0, 3), (0, 0, 1)]:
        yield jpeg(size, kind, scans)
    yield jpeg(16, 1, 1).replace(b"\xff\xc0", b"\xff\xc2")
    yield jpeg(8, 0, 1)[:2] + b"\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0" + jpeg(8, 0, 1)[2:]


def seeds_import(_root):
    line = ("a (house:1.2) <lora:ink:1>\nNegative prompt: fog\nSteps: 4, Sampler: DPM++ 2M Karras, Schedule type: Beta, CFG scale: 7, "
            "Seed: 1, Size: 65x64, Clip skip: 2, Hires upscale: 2, TI hashes: x, RNG: CPU, Version: ")
    for version in ["v1.5.1", "v1.10.1", "Limn 0.1.0", "Fooocus v2.5", 'stable-diffusion.cpp, SDCPP: {"seed": 3, "prompt": {}}']:
        yield b"\0" + (line + version).encode()
    yield b"\0" + (line + "v1, Denoising strength: 0.5, Mask blur: 1e9, Inpaint area: Only masked, Masked area padding: nan, "
                   "Masked content: latent nothing, Tiling: True, Seamless: x, Tile size: 64, Tile overlap: 1e99").encode()
    yield b'\0{"prompt": "a", "full_prompt": ["a", "b"], "seed": "5", "resolution": "(64, 64)", "loras": [["x", 1, "y"]]}'
    graph = {
        "3": {"class_type": "KSampler", "inputs": {"seed": ["9", 0], "steps": 4, "cfg": 6.5, "sampler_name": "euler",
              "scheduler": "karras", "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 1], "latent_image": ["5", 0]}},
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "x.safetensors"}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 2}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["10", 0], "clip": ["11", 1]}},
        "7": {"class_type": "ControlNetApplyAdvanced", "inputs": {"positive": ["6", 0], "negative": ["8", 0]}},
        "8": {"class_type": "ConditioningCombine", "inputs": {"conditioning_1": ["6", 0], "conditioning_2": ["6", 0]}},
        "9": {"class_type": "P", "inputs": {"value": 18446744073709551615}},
        "10": {"class_type": "T", "inputs": {"text_a": "a", "text_b": "b"}},
        "11": {"class_type": "LoraLoader", "inputs": {"lora_name": "l", "model": ["4", 0], "clip": ["4", 1]}},
        "12": {"class_type": "SaveImage", "inputs": {"images": ["3", 0]}, "is_changed": [float("nan")]},
    }
    yield b"\1" + json.dumps(graph).encode()
    custom = {"1": {"class_type": "SamplerCustomAdvanced", "inputs": {"noise": ["2", 0], "guider": ["3", 0], "sampler": ["4", 0],
                    "sigmas": ["5", 0], "latent_image": ["6", 0]}},
              "2": {"class_type": "RandomNoise", "inputs": {"noise_seed": 1}},
              "3": {"class_type": "CFGGuider", "inputs": {"cfg": 2, "positive": ["7", 0], "negative": ["7", 0]}},
              "4": {"class_type": "SamplerEulerAncestral", "inputs": {"eta": 1}},
              "5": {"class_type": "KarrasScheduler", "inputs": {"steps": 3}},
              "6": {"class_type": "VAEEncodeForInpaint", "inputs": {"pixels": ["1", 0]}},
              "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "a [b] c"}}}
    yield b"\1" + json.dumps(custom).encode()
    yield b"\2" + json.dumps({"positive_prompt": "a++", "seed": 1, "steps": 2, "scheduler": "euler_k", "width": 64, "height": 65,
                              "model": {"name": "x"}, "loras": [{"model": {"name": "y"}}], "clip_skip": 1}).encode()
    yield b"\3" + json.dumps({"image": {"prompt": [{"prompt": "a [b] c", "weight": 1}], "seed": 1, "sampler": "k_lms"}}).encode()
    yield b'\4"a [b]" -s 50 -S 1 -W512 -H 512 -C 7.5 -A k_lms'
    yield b"\0069"
    comment = b"UNICODE\0" + "Steps: 1, Seed: 2, Size: 8x8".encode("utf-16-be")
    block = (b"MM\0*" + struct.pack(">IH", 8, 1) + struct.pack(">HHII", 0x8769, 4, 1, 26) + bytes(4)
             + struct.pack(">H", 1) + struct.pack(">HHII", 0x9286, 7, len(comment), 44) + bytes(4) + comment)
    yield b"\x10" + block
    yield b"\x10\xff\xd8\xff\xe1" + struct.pack(">H", len(block) + 8) + b"Exif\0\0" + block + b"\xff\xda\0\2"
    yield b"\x10RIFF" + struct.pack("<I", len(block) + 12) + b"WEBPEXIF" + struct.pack("<I", len(block)) + block


SEEDS = {
    "import": seeds_import,
    "jpeg": seeds_jpeg,
    "safetensors": seeds_safetensors,
    "json-config": seeds_json_config,
    "lora": seeds_lora,
    "model-config": seeds_model_config,
    "tokenizer": seeds_tokenizer,
    "torch": seeds_torch,
    "prompt": seeds_prompt,
    "prompt-program": seeds_prompt_program,
    "queue": seeds_queue,
    "request": seeds_request,
    "png-text": seeds_png_text,
    "trajectory": seeds_trajectory,
}


def main(name, harness, root, *options):
    with tempfile.TemporaryDirectory(prefix="limn-fuzz-") as folder:
        for number, seed in enumerate(SEEDS[name](pathlib.Path(root))):
            (pathlib.Path(folder) / f"seed-{number:03}").write_bytes(seed)
        return subprocess.run([harness, *OPTIONS, *options, folder], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
