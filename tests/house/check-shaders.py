#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds every kernel, in each form in which the program compiles it, against the Khronos reference compiler.

    check-shaders.py VALIDATOR KERNELS

The driver at hand forgives what another does not (reserved words, implicit conversions); the reference compiler forgives
nothing. KERNELS is the folder of the build with the kernels whose includes are resolved. A kernel whose text asks for
defines that stand in no line below fails to compile and so is noticed.
"""
import itertools
import pathlib
import subprocess
import sys
import tempfile

STORE = ['STORE_F16=0', 'STORE_F16=1']
ACTIVATION = [f'ACTIVATION={i}' for i in range(5)]
# Each kernel: groups of alternatives, one of each group is defined.
FORMS = {
    'activate': [STORE, ACTIVATION, ['TEXELS=1', 'TEXELS=4']],
    'add': [STORE, ['SCALED=0', 'SCALED=1'], ['TEXELS=1', 'TEXELS=4']],
    'attention_lanes': [STORE, ['R=4', 'R=8'], ['SLICE=8', 'SLICE=16'], ['KEEP_Q=0', 'KEEP_Q=1'], ['CARRY=0', 'CARRY=1']],
    'attention_tile': [STORE, ['SLICE=8', 'SLICE=16'], ['CARRY=0', 'CARRY=1']],
    'embedding': [STORE, ['POSITIONS=0', 'POSITIONS=1']],
    'group_norm_apply': [STORE, ['SILU=0', 'SILU=1']],
    'group_norm_merge': [['MERGE=16']],
    'half_rounding': [['HALF_EXACT=0', 'HALF_EXACT=1']],
    'matmul_lanes': [STORE, ['TM=8', 'TM=12', 'TM=16'], ['TN=4', 'TN=8', 'TN=16'], ['CONV=0', 'CONV=1'], ['EPILOGUE=0'], ['ACTIVATION=0']],
    'matmul_tile': [STORE, ACTIVATION, ['BM=64', 'BM=128'], ['BN=64', 'BN=128'], ['CONV=0', 'CONV=1'], ['EPILOGUE=1']],
    'panels': [STORE, ['TRANSPOSE=0', 'TRANSPOSE=1'], ['WG=64']],
    'softmax': [['WG=64']],
    'timestep': [['FLIP=0', 'FLIP=1']],
    'winograd_input': [['WG=64']],
    'winograd_output': [STORE, ACTIVATION, ['WG=64']],
    'winograd_weights': [['WG=64']],
}


def main(validator, folder):
    kernels = sorted(pathlib.Path(folder).glob('*.comp'))
    files = []
    if not kernels:
        sys.exit(f'no kernels in {folder}')
    with tempfile.TemporaryDirectory() as scratch:
        for kernel in kernels:
            for form in itertools.product(*FORMS.get(kernel.stem, [STORE])):
                defines = ''.join(f'#define {d.replace("=", " ")}\n' for d in form)
                # The mangled name says in the validator's output which form it was.
                path = pathlib.Path(scratch, f'{kernel.stem}.{".".join(form)}.comp')
                path.write_text(f'#version 450 core\n{defines}{kernel.read_text(encoding="utf-8")}', encoding='utf-8')
                files.append(str(path))
        result = subprocess.run([validator, *files], capture_output=True, text=True)
    # One line a file, then what is wrong with it.
    lines = [line.replace(scratch + '/', '') for line in result.stdout.splitlines() if line]
    print('\n'.join(line for i, line in enumerate(lines)
                    if line.startswith(('ERROR', 'WARNING')) or lines[i + 1:i + 2] and lines[i + 1].startswith('ERROR')))
    print(f'{len(files)} forms of {len(kernels)} kernels')
    return 1 if result.returncode != 0 or len(lines) < len(files) else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:3]))
