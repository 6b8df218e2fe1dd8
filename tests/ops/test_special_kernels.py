"""Special functions between the points of the tables: whole orders, and the parameters of distributions.

Each comparison is as close as the formulas are good, so that a coefficient that is a little wrong is seen.
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import numpy as np

import tinygrad_lite as tl
from tinygrad_lite.ops.kernels import implicit
from tinygrad_lite.ops.kernels.bessel import bessel_i
from tinygrad_lite.ops.kernels.incomplete_gamma import igamma, igammac
from tinygrad_lite.ops.kernels.normal import ndtri
from tinygrad_lite.ops.kernels.sinc import sinc

EPS = 2.0**-52

# The following are from mpmath, with 50 digits: Q(a, x) for small a and x; ∂x/∂a at a fixed probability of a gamma
# distributed number x of shape a; the same of a number x with a beta distribution of a and b, divided by 1 - x.
# fmt: off
SMALL_Q = {
    (1e-09, 1e-05): 1.093571974107117e-08, (1e-09, 0.01): 4.0379295691982054e-09, (1e-09, 0.3): 9.056766518378571e-10,
    (1e-09, 0.38): 7.371121444029997e-10, (1e-09, 0.49): 5.720888363403578e-10, (1e-09, 0.52): 5.362197981412863e-10,
    (1e-09, 0.9): 2.6018393957183994e-10, (1e-09, 1.09): 1.8904611818458812e-10, (1e-06, 1e-05): 1.0935660827725527e-05,
    (1e-06, 0.01): 4.037922236637048e-06, (1e-06, 0.3): 9.056768136855656e-07, (1e-06, 0.38): 7.37112392155666e-07,
    (1e-06, 0.49): 5.720891278756614e-07, (1e-06, 0.52): 5.362200934953977e-07, (1e-06, 0.9): 2.601841851662104e-07,
    (1e-06, 1.09): 1.89046323654834e-07, (0.001, 1e-05): 0.01087695530421733, (0.001, 0.01): 0.0040305969664868446,
    (0.001, 0.3): 0.000905838088306647, (0.001, 0.38): 0.0007373596877968778, (0.001, 0.49): 0.0005723803353859665,
    (0.001, 0.52): 0.000536515149058816, (0.001, 0.9): 0.0002604296998218178, (0.001, 1.09): 0.00018925176120275283,
    (0.05, 1e-05): 0.4223537817943035, (0.05, 0.01): 0.18444019425871508, (0.05, 0.3): 0.04561887812565424,
    (0.05, 0.38): 0.037419342357057045, (0.05, 0.49): 0.02929329494528514, (0.05, 0.52): 0.027512951471142168,
    (0.05, 0.9): 0.013613573965436629, (0.05, 1.09): 0.009962165725198506, (0.3, 1e-05): 0.9647646393844375,
    (0.3, 0.01): 0.7207590036409851, (0.3, 0.3): 0.2730426562896338, (0.3, 0.38): 0.23237128724433184,
    (0.3, 0.49): 0.1895218244842774, (0.3, 0.52): 0.17975536798147046, (0.3, 0.9): 0.09774735197033045,
    (0.3, 1.09): 0.07405450168759134, (0.39, 1e-05): 0.9873626188826059, (0.39, 0.01): 0.8136018447361781,
    (0.39, 0.3): 0.3501886155938699, (0.39, 0.38): 0.3017186519398363, (0.39, 0.49): 0.2495153401683946,
    (0.39, 0.52): 0.2374473183349245, (0.39, 0.9): 0.13338238896229287, (0.39, 1.09): 0.10228046741744096,
    (0.7, 1e-05): 0.9996519777855897, (0.7, 0.01): 0.9563662609221141, (0.7, 0.3): 0.5795826311247061,
    (0.7, 0.38): 0.5188521884279278, (0.7, 0.49): 0.44828375039507035, (0.7, 0.52): 0.4311606471541046,
    (0.7, 0.9): 0.26909430443023835, (0.7, 1.09): 0.2147321915692348, (0.8, 1e-05): 0.9998926333497826,
    (0.8, 0.01): 0.9731500766294038, (0.8, 0.3): 0.6399404191119415, (0.8, 0.38): 0.5791843806037149,
    (0.8, 0.49): 0.5068344237398619, (0.8, 0.52): 0.48900447453635526, (0.8, 0.9): 0.31501404723483,
    (0.8, 1.09): 0.25446569929684815,
}
GAMMA_SLOPES = {
    (0.02, 0.003): 0.7924125075111693, (0.02, 0.15): 12.960319432368735, (0.02, 0.3): 18.694374309869154,
    (0.02, 0.9): 29.604414565960184, (0.02, 3.0): 40.95937236383121, (0.3, 0.003): 0.056547631435925665,
    (0.3, 0.15): 1.0196375996764095, (0.3, 0.3): 1.5259998172197706, (0.3, 0.9): 2.6151373996757994,
    (0.3, 3.0): 4.066906659258957, (1.0, 0.01): 0.05055692236986734, (1.0, 0.5): 0.806979116825318,
    (1.0, 1.0): 1.1735630272247268, (1.0, 3.0): 1.937911693824961, (1.0, 10.0): 2.9713640918353668,
    (3.0, 1.2679): 0.6649342254447569, (3.0, 3.1732): 1.0870218314169011, (3.0, 5.5981): 1.4205737728091063,
    (3.0, 9.9282): 1.8099784228020575, (10.0, 2.0943): 0.4205372148629415, (10.0, 6.8377): 0.8356793451958631,
    (10.0, 10.3162): 1.0327348339044864, (10.0, 14.7434): 1.226868844545958, (10.0, 22.6491): 1.4880319028762337,
    (60.0, 40.6351): 0.8200313059810628, (60.0, 52.254): 0.9350702176063402, (60.0, 60.7746): 1.0092276609895514,
    (60.0, 71.619): 1.0941509287881648, (60.0, 90.9839): 1.2259554201442344, (199.0, 163.7332): 0.9063934979399287,
    (199.0, 184.8933): 0.9644948553932875, (199.0, 200.4107): 1.0043770301504034, (199.0, 220.1601): 1.0522565884222006,
    (199.0, 255.4269): 1.130948291553998, (201.0, 165.5564): 0.9068883998456646, (201.0, 186.8226): 0.9646725827472115,
    (201.0, 202.4177): 1.0043508723418189, (201.0, 222.2662): 1.0519999021423883, (201.0, 257.7098): 1.1303416443934553,
    (230.0, 192.0856): 0.9132944588641999, (230.0, 214.8342): 0.9669817359644564, (230.0, 231.5166): 1.0040170705526714,
    (230.0, 252.7486): 1.0486586542631293, (230.0, 290.663): 1.1224164317595504, (400.0, 350.0): 0.93510907412003,
    (400.0, 380.0): 0.9749787284032579, (400.0, 402.0): 1.0029136545117627, (400.0, 430.0): 1.037028100747786,
    (400.0, 480.0): 1.0943847639234476, (3000.0, 2863.0694): 0.9768771290056344, (3000.0, 2945.2277): 0.9908702613964455,
    (3000.0, 3005.4772): 1.0009679197111334, (3000.0, 3082.1584): 1.0136260605917993, (3000.0, 3219.089): 1.0357145748100234,
}
BETA_SLOPES = {
    (0.3964, 0.1, 0.3): 13.246899525635968, (0.8355, 0.1, 0.3): 23.00742885912805,
    (0.9673, 0.1, 0.3): 25.586111608678813, (0.077, 0.7, 2.0): 0.2504537381567949,
    (0.3504, 0.7, 2.0): 0.611219649328393, (0.6238, 0.7, 2.0): 0.814869580512265,
    (0.7058, 0.7, 2.0): 0.8632626448824888, (0.5404, 3.0, 0.5): 0.2587517421033093,
    (0.7252, 3.0, 0.5): 0.3044614075664376, (0.9231, 3.0, 0.5): 0.3460977728965983,
    (0.1541, 5.0, 7.0): 0.051311116399967056, (0.3073, 5.0, 7.0): 0.0756172177809335,
    (0.4714, 5.0, 7.0): 0.09426904213146128, (0.6354, 5.0, 7.0): 0.10894285650959662,
    (0.6847, 5.0, 7.0): 0.11282741614591599, (0.5004, 40.0, 25.0): 0.013974029556645999,
    (0.5675, 40.0, 25.0): 0.014906397720473754, (0.6393, 40.0, 25.0): 0.015827115176616197,
    (0.7112, 40.0, 25.0): 0.016682160490587638, (0.7328, 40.0, 25.0): 0.01692750506811159,
    (0.7085, 300.0, 100.0): 0.002432869464209438, (0.7327, 300.0, 100.0): 0.002474365218040549,
    (0.7586, 300.0, 100.0): 0.0025177799863812657, (0.7846, 300.0, 100.0): 0.0025603781042957442,
    (0.7924, 300.0, 100.0): 0.0025729726138687212,
}
# fmt: on


def test_the_incomplete_gamma_functions_of_small_numbers() -> None:
    (a, x), q = np.array(list(SMALL_Q)).T, np.array(list(SMALL_Q.values()))
    assert np.abs(igammac(a, x) / q - 1).max() < 10 * EPS
    assert np.abs(igamma(a, x) - (1 - q)).max() < 3 * EPS
    a, x = np.array([(math.inf, 0.5), (0.5, math.inf)]).T
    assert [igamma(a, x).tolist(), igammac(a, x).tolist()] == [[0.0, 1.0], [1.0, 0.0]]


EXPANSION = {0.1: 3e-9, 1.0: 2e-8, 1.5: 2.4e-8, 2.5: 6e-7, 4.0: 1.6e-6}
"""The errors of the expansion for a shape of 200, at so many standard deviations from the mean."""


def test_derivatives_of_random_numbers() -> None:
    """By the series, and for shapes from 200 on by the expansion."""
    for (a, x), slope in GAMMA_SLOPES.items():
        error = abs(implicit.gamma_slope(np.array([a]), np.array([x]))[0] / slope - 1)
        z = abs(x - a) / math.sqrt(a)
        bound = EXPANSION[round(z, 1)] * (200 / a) ** 2.4 if a > 200 else 3e-13 if z < 3.9 else 6e-11
        assert error < bound, (a, x)
    (x, a, b), slopes = np.array(list(BETA_SLOPES)).T, np.array(list(BETA_SLOPES.values()))
    assert np.abs(implicit.dirichlet_slope(x, a, a + b) / slopes - 1).max() < 100 * EPS
    mixed = implicit.gamma_slope(np.array([1.0, 3000.0, 1.0]), np.array([3.0, 3005.4772, 0.5]))
    np.testing.assert_allclose(
        mixed, [GAMMA_SLOPES[1.0, 3.0], GAMMA_SLOPES[3000.0, 3005.4772], GAMMA_SLOPES[1.0, 0.5]], rtol=1e-10
    )


def series_of_i(x: float, order: int) -> float:
    with localcontext(prec=60):
        half = Decimal(x) / 2
        term = half**order / math.factorial(order)
        total, k = term, 0
        while term > total * Decimal("1e-40"):
            k += 1
            term *= half * half / (k * (k + order))
            total += term
        return float(total)


def test_bessel_functions_of_every_order() -> None:
    x = np.array([1e-3, 0.5, 3.0, 7.9, 8.1, 11.9, 12.1, 17.9, 18.1, 20.9, 21.1, 26.0, 40.0, 300.0])
    worst = []
    for order in range(9):
        expected = np.array([series_of_i(y, order) for y in x])
        worst.append(
            [
                float(np.abs(found / expected - 1).max() / EPS)
                for found in (bessel_i(x, order), bessel_i(x, order, True) * np.exp(x))
            ]
        )
        assert np.array_equal(bessel_i(-x, order), (-1) ** order * bessel_i(x, order))
    assert max(map(max, worst)) < 8, worst


def test_zeta_of_whole_exponents() -> None:
    """ζ(s, q) = Σ 1 / (q + n)ˢ, in Decimals; for s from 12 on two thousand terms are enough."""
    worst = []
    for s in (12, 17, 30, 60, 171):
        q = [0.3, 1.0, 2.5, 7.5, 9.0, 9.5, 10.0, 10.5, 12.0, 33.0]
        with localcontext(prec=40):
            expected = [float(sum((Decimal(y) + n) ** -s for n in range(2000 if s < 30 else 300))) for y in q]
        found = tl.special.zeta(tl.tensor(float(s), dtype=tl.float64), tl.tensor(q, dtype=tl.float64)).numpy()
        worst.append(float(np.abs(found / expected - 1).max() / EPS))
    assert max(worst) < 4, worst
    assert tl.polygamma(171, tl.tensor([1.0, 3.0], dtype=tl.float64)).tolist()[0] == math.inf


def test_sinc_of_float16() -> None:
    x = np.array([0.0, 0.25, -0.5, 1.25, 2.0, 7.5], np.float16)
    for order in range(4):
        found = sinc(x, order)
        assert found.dtype == np.float16
        np.testing.assert_allclose(found, sinc(x.astype(float), order), rtol=1e-3, atol=3e-3)


def test_sinc_of_small_numbers_is_its_series() -> None:
    """Σ (-1)ᵏ (2k)! / (2k - n)! u²ᵏ⁻ⁿ / (2k + 1)! with u = π x, the sum in Decimals."""
    x = np.array([1e-4, 0.1, 0.31, 0.32, 0.6, 0.9, 1.2, 1.5, 1.9])
    for order in range(7):
        expected = []
        for y in x:
            with localcontext(prec=50):
                u = Decimal(float(y * math.pi))
                powers = range((order + 1) // 2, 60)
                falling = [math.perm(2 * k, order) * (-1) ** k for k in powers]
                terms = [
                    f * u ** (2 * k - order) / math.factorial(2 * k + 1) for f, k in zip(falling, powers, strict=True)
                ]
                expected.append(float(sum(terms)))
        assert np.abs(sinc(x, order) / math.pi**order - expected).max() < 5 * EPS, order


def test_quantiles_on_both_sides_of_the_median() -> None:
    """ndtri(1/2 + d) = √(2π) (d + π d³ / 3 + …), also on the short way to where another formula begins."""
    assert math.copysign(1, ndtri(np.array([0.5]))[0]) == 1
    d = np.array([-0.0049, -1e-3, -1e-9, 1e-9, 1e-3, 0.003, 0.0049])
    np.testing.assert_allclose(ndtri(0.5 + d), math.sqrt(2 * math.pi) * (d + math.pi * d**3 / 3), rtol=3e-7)


def test_the_slope_at_the_mean_of_a_gamma_distribution() -> None:
    """1 + z / (2 √a) + …, where z is nearly 0: ∂x/∂a → 1 + 1 / (6 a) there (mpmath: 1.0008316686 at 200.5)."""
    found = implicit.gamma_slope(np.array([200.5, 1e6]), np.array([200.5, 1e6]))
    np.testing.assert_allclose(found, [1 + 1 / (6 * 200.5), 1 + 1 / 6e6], atol=2e-6)
