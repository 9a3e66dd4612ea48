/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/** LIMN_TEST_STARTER_WORDS: tokens in the embedded model's vocabulary; the last two are start and end. A number alone, to be put into text. */
#define LIMN_TEST_STARTER_WORDS 1691
