#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""build-kernels.py reads what it should and refuses the rest; shaders/meson.build names every kernel.

    test-build-kernels.py SOURCE_ROOT
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(sys.argv[1])
SHADERS = ROOT / 'shaders'

GOOD = '''
#include "lib/a.glsl"
layout (local_size_x = WG) in; // uniform vec4 in_a_comment;
/* buffer Nonsense */
layout (std140, binding = 0) uniform Params { uint M, N; int shift; float eps;  // [M, N]
  uint flags; };
layout (std430, binding = 1) readonly restrict buffer TokenIds { uint token_ids[]; };
#if TEXEL
layout (binding = 2) uniform samplerBuffer weights;
#else
layout (binding = 2, std430) buffer Weights { float weights[]; };
#endif
layout (binding = 3, rgba32f) uniform writeonly imageBuffer y;
layout (binding = 4, r32ui) coherent uniform uimageBuffer z;
void main () { }
'''
PARAMS = 'layout (std140, binding = 0) uniform Params { %s };\n'
BAD = {
    'vector': (PARAMS % 'vec4 v;', 'only uint, int and float'),
    'array': (PARAMS % 'float v[4];', 'not a plain scalar'),
    'empty': (PARAMS % '', 'cannot read'),
    'std430 params': ('layout (std430, binding = 0) uniform Params { uint n; };', 'std140, binding = 0'),
    'other binding': ('layout (std140, binding = 1) uniform Params { uint n; };', 'std140, binding = 0'),
    'other block': ('layout (std140, binding = 0) uniform Other { uint n; };', 'the one uniform block'),
    'instance': ('layout (std140, binding = 0) uniform Params { uint n; } p;', 'the one uniform block'),
    'two params': (PARAMS % 'uint n;' + PARAMS % 'uint m;', 'differs between branches'),
    'plain uniform': ('uniform float x;', 'cannot read "uniform float x"'),
    'texture': ('layout (binding = 1) uniform sampler2D x;', 'cannot read'),
    'no binding': ('layout (std430) buffer X { float x[]; };', 'needs a binding'),
    'named binding': ('layout (std430, binding = X_AT) buffer X { float x[]; };', 'not a plain number'),
    'high binding': ('layout (std430, binding = 8) buffer X { float x[]; };', 'below 8'),
    'std140 buffer': ('layout (std140, binding = 1) buffer X { float x[]; };', 'std430'),
    'two numbers': ('layout (std430, binding = 1) buffer X { float x_[]; };\nlayout (binding = 2) uniform samplerBuffer x;',
                    'is binding 1 elsewhere'),
    'version': ('#version 450 core\n', '#version'),
    'missing include': ('#include "lib/none.glsl"\n', 'there is no'),
    'outside include': ('#include "../secret.glsl"\n', 'outside'),
    'circle': ('#include "lib/circle.glsl"\n', 'includes itself'),
    'not ascii': ('// \u03c3\n', 'ASCII'),
}


def build(folder, text, name='some_kernel'):
    (folder / 'lib').mkdir(exist_ok=True)
    (folder / 'lib/a.glsl').write_text('#include "lib/b.glsl"\nfloat a () { return b (); }\n')
    (folder / 'lib/b.glsl').write_text('float b () { return 1.0; }\n')
    (folder / 'lib/circle.glsl').write_text('#include "lib/circle.glsl"\n')
    kernel = folder / f'{name}.comp'
    kernel.write_text(text, encoding='utf-8')
    return subprocess.run([sys.executable, SHADERS / 'build-kernels.py', '--root', folder, '--output', folder / 'out',
                           '--depfile', folder / 'depfile', kernel], capture_output=True, text=True)


def check(what, ok, detail=''):
    print('ok' if ok else 'NOT OK', what, detail)
    return ok


def main():
    results = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / 'out').mkdir()
        made = build(folder, GOOD)
        results.append(check('good kernel', made.returncode == 0, made.stderr))
        header = (folder / 'out/limn-kernels.h').read_text()
        for line in ['  guint32 M;\n  guint32 N;\n  gint32 shift;\n  float eps;\n  guint32 flags;\n  guint32 padding_[3];\n'
                     '} LimnSomeKernelParams;',
                     'LIMN_SOME_KERNEL_TOKEN_IDS = 1,', 'LIMN_SOME_KERNEL_WEIGHTS = 2,', 'LIMN_SOME_KERNEL_Y = 3,',
                     'LIMN_SOME_KERNEL_Z = 4,']:
            results.append(check(repr(line[:40]), line in header))
        results.append(check('nothing from comments', 'in_a_comment' not in header and 'NONSENSE' not in header))
        text = (folder / 'out/kernels/some_kernel.comp').read_text()
        results.append(check('includes resolved', text.index('float b ()') < text.index('float a ()')
                             and not re.search('^#include', text, re.M)))
        depfile = (folder / 'depfile').read_text()
        results.append(check('depfile', all(file in depfile for file in ['some_kernel.comp', 'a.glsl', 'b.glsl'])))
        results.append(check('bad name', build(folder, GOOD, 'Some-Kernel').returncode != 0))
        for what, (text, message) in BAD.items():
            made = build(folder, text)
            results.append(check(what, made.returncode != 0 and message in made.stderr
                                 and 'Traceback' not in made.stderr, made.stderr.strip()))

    named = re.findall(r"^  '(\w+)',$", (SHADERS / 'meson.build').read_text(), re.M)
    files = sorted(path.stem for path in SHADERS.glob('*.comp'))
    results.append(check('meson.build names every kernel, sorted', named == files, f'{set(named) ^ set(files) or ""}'))
    sys.exit(0 if all(results) else 1)


main()
