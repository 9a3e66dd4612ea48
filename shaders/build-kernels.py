#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns the kernels shaders/*.comp into what src/gl/ is built from.

    build-kernels.py --root SHADERS --output DIR --depfile FILE KERNEL.comp...

writes DIR/limn-kernels.h and .c (parameter structs, binding numbers and the table that the program cache checks after
linking), DIR/limn-kernels.gresource.xml and DIR/kernels/*.comp (includes resolved).

What a kernel may declare, anywhere in its text (all branches of #if are read):

    layout (std140, binding = 0) uniform Params { uint M; int shift; float eps; };   scalars only, so that std140 is a
                                                                                      C struct without holes
    layout (std430, binding = 1) readonly buffer TokenIds { uint token_ids[]; };     LIMN_<KERNEL>_TOKEN_IDS = 1
    layout (binding = 2) uniform samplerBuffer weights;                              LIMN_<KERNEL>_WEIGHTS = 2
    layout (binding = 3, rgba32f) writeonly uniform imageBuffer y;                   LIMN_<KERNEL>_Y = 3

A name that stands in several branches, as a block in one and as a texture in another, has one number. Binding numbers
are plain integers below 8, the least that GL 4.5 guarantees for storage blocks and images.
"""
import argparse
import pathlib
import re
import sys

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"[ \t]*(?://.*)?$', re.M)
COMMENT = re.compile(r'//[^\n]*|/\*.*?\*/', re.S)
QUALIFIER = r'(?:readonly|writeonly|restrict|coherent|volatile|highp|mediump|lowp)'
DECLARATION = re.compile(
    r'layout\s*\((?P<layout>[^()]*)\)\s*'
    rf'(?P<before>(?:{QUALIFIER}\s+)*)'
    r'(?P<storage>uniform|buffer)\s+'
    rf'(?P<after>(?:{QUALIFIER}\s+)*)'
    r'(?:(?P<block>\w+)\s*\{(?P<body>[^{}]*)\}\s*(?P<instance>\w+)?\s*;'
    r'|(?P<type>[iu]?(?:sampler|image)Buffer)\s+(?P<name>\w+)\s*;)')
MEMBERS = re.compile(r'\s*(?P<type>\w+)\s+(?P<names>[^;]+);')
KINDS = {'buffer': 'LIMN_KERNEL_STORAGE', 'sampler': 'LIMN_KERNEL_TEXEL', 'image': 'LIMN_KERNEL_IMAGE'}
C_TYPES = {'uint': 'guint32', 'int': 'gint32', 'float': 'float'}
PARAM_TYPES = {'uint': 'LIMN_KERNEL_UINT', 'int': 'LIMN_KERNEL_INT', 'float': 'LIMN_KERNEL_FLOAT'}
MAX_BINDINGS = 8


class KernelError(Exception):
    pass


def resolve(path, root, seen, stack):
    """The text of path with each #include "lib/x.glsl" replaced by that file, once a kernel."""
    if path in stack:
        raise KernelError(f'{path}: includes itself')
    seen.append(path)

    def replace(match):
        target = (root / match[1]).resolve()
        if root.resolve() not in target.parents:
            raise KernelError(f'{path}: "{match[1]}" lies outside of {root}')
        if target in seen:
            if target in stack + [path]:
                raise KernelError(f'{path}: "{match[1]}" includes itself')
            return f'// {match[1]}: included above'
        if not target.exists():
            raise KernelError(f'{path}: there is no "{match[1]}"')
        return resolve(target, root, seen, stack + [path]).rstrip('\n')

    text = path.read_text(encoding='utf-8')
    # The driver gets ASCII: GLSL 4.50 allows other characters in comments, but not every driver agrees.
    if not text.isascii():
        raise KernelError(f'{path}: not plain ASCII')
    return INCLUDE.sub(replace, text)


def upper(name):
    return re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', name).upper()


def camel(name):
    return ''.join(part.capitalize() for part in name.split('_'))


def layout_binding(where, layout):
    found = re.search(r'\bbinding\s*=\s*(\w+)', layout)
    if not found:
        raise KernelError(f'{where}: needs a binding')
    if not found[1].isdigit() or int(found[1]) >= MAX_BINDINGS:
        raise KernelError(f'{where}: binding = {found[1]} is not a plain number below {MAX_BINDINGS}')
    return int(found[1])


class Kernel:
    def __init__(self, path, root):
        self.name = path.stem
        if not re.fullmatch(r'[a-z][a-z0-9_]*', self.name):
            raise KernelError(f'{path}: a kernel is named in lower case and underscores')
        self.sources = []
        self.text = resolve(path.resolve(), root, self.sources, [])
        self.params = None
        self.bindings = []  # (GL name, kind, number)
        self.numbers = {}   # enum name -> number
        if re.search(r'^\s*#\s*version', self.text, re.M):
            raise KernelError(f'{path}: the #version line is put in front at run time')
        self.parse(COMMENT.sub(' ', self.text), path)

    def parse(self, text, path):
        for match in DECLARATION.finditer(text):
            label = match['block'] or match['name']
            where = f'{path}: {label}'
            if match['storage'] == 'uniform' and match['block']:
                self.parse_params(match, where)
                continue
            if match['storage'] == 'buffer' and not match['block']:
                raise KernelError(f'{where}: a buffer is a block')
            if match['block'] and 'std430' not in match['layout']:
                raise KernelError(f'{where}: a buffer block is std430')
            kind = KINDS['buffer' if match['block'] else re.sub('^[iu]?(sampler|image)Buffer$', r'\1', match['type'])]
            number = layout_binding(where, match['layout'])
            key = upper(label)
            if self.numbers.setdefault(key, number) != number:
                raise KernelError(f'{where}: is binding {self.numbers[key]} elsewhere in this kernel')
            if (label, kind, number) not in self.bindings:
                self.bindings.append((label, kind, number))
        rest = DECLARATION.sub(' ', text)
        stray = re.search(r'\b(uniform|buffer)\s+[^;{]*', rest)
        if stray:
            raise KernelError(f'{path}: cannot read "{stray[0].strip()}"; see build-kernels.py for what may stand')

    def parse_params(self, match, where):
        if match['block'] != 'Params' or match['instance']:
            raise KernelError(f'{where}: the one uniform block is "Params", without an instance name')
        if 'std140' not in match['layout'] or layout_binding(where, match['layout']) != 0:
            raise KernelError(f'{where}: Params is layout (std140, binding = 0)')
        params = []
        body = match['body']
        for member in MEMBERS.finditer(body):
            if member['type'] not in C_TYPES:
                raise KernelError(f'{where}: {member["type"]}: only uint, int and float have the same layout in C')
            for name in member['names'].split(','):
                if not re.fullmatch(r'[A-Za-z]\w*', name.strip()):
                    raise KernelError(f'{where}: "{name.strip()}" is not a plain scalar')
                params.append((name.strip(), member['type']))
        if not params or MEMBERS.sub('', body).strip():
            raise KernelError(f'{where}: cannot read "{MEMBERS.sub("", body).strip() or "an empty block"}"')
        if self.params is not None and self.params != params:
            raise KernelError(f'{where}: differs between branches')
        self.params = params


def header(kernels):
    out = ['/* Generated by build-kernels.py from shaders/; do not edit. */', '#pragma once', '',
           '#include "gl/limn-kernel-info.h"', '', 'G_BEGIN_DECLS', '']
    for kernel in kernels:
        out += [f'/* {kernel.name}.comp */']
        if kernel.params:
            padding = -len(kernel.params) % 4
            struct = f'Limn{camel(kernel.name)}Params'
            out += ['typedef struct', '{']
            out += [f'  {C_TYPES[kind]} {name};' for name, kind in kernel.params]
            # std140 rounds the block up to a vec4, and the bound range must cover it.
            out += [f'  guint32 padding_[{padding}];'] if padding else []
            out += [f'}} {struct};', f'G_STATIC_ASSERT (sizeof ({struct}) == {4 * (len(kernel.params) + padding)});', '']
        if kernel.numbers:
            out += ['enum', '{']
            out += [f'  LIMN_{kernel.name.upper()}_{name} = {number},' for name, number in kernel.numbers.items()]
            out += ['};', '']
    return '\n'.join(out + ['G_END_DECLS', ''])


def source(kernels):
    out = ['/* Generated by build-kernels.py from shaders/; do not edit. */', '#include "config.h"', '',
           '#include "gl/limn-kernels.h"', '']
    for kernel in kernels:
        if kernel.params:
            out += [f'static const LimnKernelParam {kernel.name}_params[] = {{']
            out += [f'  {{ "{name}", {PARAM_TYPES[kind]}, {4 * i} }},' for i, (name, kind) in enumerate(kernel.params)]
            out += ['};']
        if kernel.bindings:
            out += [f'static const LimnKernelBinding {kernel.name}_bindings[] = {{']
            out += [f'  {{ "{name}", {kind}, {number} }},' for name, kind, number in kernel.bindings]
            out += ['};']
    out += ['static const LimnKernelInfo kernels[] = {']
    for kernel in kernels:
        params = (f'{kernel.name}_params, {len(kernel.params)}, {(len(kernel.params) + 3) // 4 * 16}'
                  if kernel.params else 'NULL, 0, 0')
        bindings = f'{kernel.name}_bindings, {len(kernel.bindings)}' if kernel.bindings else 'NULL, 0'
        out += [f'  {{ "{kernel.name}", {params}, {bindings}, NULL }},']
    out += ['};', '', 'const LimnKernelInfo *', 'limn_kernels_get_all (guint *n_kernels)', '{',
            '  *n_kernels = G_N_ELEMENTS (kernels);', '  return kernels;', '}', '']
    return '\n'.join(out)


def write(path, text, always=False):
    """Leaves a file alone that would not change, so that a comment in a kernel does not rebuild every layer."""
    if always or not path.exists() or path.read_text() != text:
        path.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', 1)[0])
    parser.add_argument('--root', type=pathlib.Path, required=True)
    parser.add_argument('--output', type=pathlib.Path, required=True)
    parser.add_argument('--depfile', type=pathlib.Path)
    parser.add_argument('kernels', nargs='+', type=pathlib.Path)
    options = parser.parse_args()

    try:
        kernels = sorted((Kernel(path, options.root) for path in options.kernels), key=lambda kernel: kernel.name)
    except KernelError as error:
        sys.exit(f'build-kernels.py: {error}')

    folder = options.output / 'kernels'
    folder.mkdir(parents=True, exist_ok=True)
    for kernel in kernels:
        write(folder / f'{kernel.name}.comp', kernel.text)
    write(options.output / 'limn-kernels.h', header(kernels))
    write(options.output / 'limn-kernels.c', source(kernels))
    files = '\n'.join(f'    <file>kernels/{kernel.name}.comp</file>' for kernel in kernels)
    write(options.output / 'limn-kernels.gresource.xml',
          '<?xml version="1.0" encoding="UTF-8"?>\n<gresources>\n'
          f'  <gresource prefix="/io/github/limn_app/Limn">\n{files}\n  </gresource>\n</gresources>\n', always=True)
    if options.depfile:
        sources = sorted({str(path) for kernel in kernels for path in kernel.sources})
        target = options.output / 'limn-kernels.h'
        options.depfile.write_text(f'{target}: {" ".join(path.replace(" ", chr(92) + " ") for path in sources)}\n')


if __name__ == '__main__':
    main()
