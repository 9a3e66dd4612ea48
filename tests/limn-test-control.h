/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "model/limn-names.h"

/**
 * LimnTestControl: ControlNets made of a UNet itself, with a hint through made-up convolutions
 * @LIMN_TEST_CONTROL_ZERO: as training begins: it says nothing
 * @LIMN_TEST_CONTROL_COPY: does not look at its picture; says what the UNet's own way down says
 * @LIMN_TEST_CONTROL_RANDOM: looks at it, and says something of it
 */
typedef enum
{
  LIMN_TEST_CONTROL_ZERO,
  LIMN_TEST_CONTROL_COPY,
  LIMN_TEST_CONTROL_RANDOM,
} LimnTestControl;

/**
 * limn_test_control_write:
 * @path: of the file to be written
 * @unet: (type filename): the UNet, by the names that diffusers gives it, in F16: the starter model's
 * @names: (nullable): the layout; NULL: as diffusers has it
 * @context_width: 0: the UNet's; else a lie: a ControlNet of another family
 */
void limn_test_control_write (const char      *path,
                              const char      *unet,
                              LimnTestControl  kind,
                              const LimnNames *names,
                              guint            context_width);
