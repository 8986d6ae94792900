#!/usr/bin/env python3
"""Writes univariate.tsv and bivariate.tsv: reference values and derivatives.

Needs Python 3.9 or later and mpmath 1.4.1 (pip install mpmath==1.4.1); nothing
else.  The output is a function of this file only: no clock, no locale, no
system random numbers.

    python3 generate.py            rewrite both files next to this script
    python3 generate.py --check    regenerate in memory, compare, write nothing
    python3 generate.py --only sin,gamma    verify those functions, write nothing

Every line is computed at binary64 inputs taken exactly, and has to pass four
tests before it is written.  The first one that fails stops the run.

1. The line comes from truncated power-series arithmetic at a working precision
   of at least 120 decimal digits (more when the inputs are very large or very
   small).  It is computed a second time with half as many digits again, and
   the two texts have to be identical.
2. A second evaluation uses no derivative formula at all: central differences
   of the function, with a step of at most 1e-45 of the argument (of 1 at 0)
   and a working precision that absorbs the cancellation.  The function is
   evaluated there through another formula than in 1 wherever there is one (its own power
   series for erf, the incomplete-gamma series for gamma, exponentials for the
   hyperbolic functions, and so on).  All numbers of the line have to agree
   with it to a relative 1e-33.
3. Reading the text as binary64 has to give the same number as rounding the
   high-precision value to binary64 directly.
4. The input has to be finite, and every function has to have at least 20
   different inputs.
"""

import math
import os
import struct
import sys
import time
from fractions import Fraction

import mpmath
from mpmath import mp, mpf

PINNED = "1.4.1"
DIGITS = 32  # significant decimal digits written
TOL = 33  # the two evaluations agree to a relative 10**-TOL
N = 5  # series coefficients kept: orders 0 to 4
EXP_LIMIT = 9999  # decimal exponents beyond this are written as 0 or inf


class Failure(Exception):
    pass


# --------------------------------------------------------------------------
# text


def exact_fraction(v):
    sign, man, exp, _ = v._mpf_
    man = int(man)
    if sign:
        man = -man
    return Fraction(man << exp) if exp >= 0 else Fraction(man, 1 << -exp)


def nearest_double(q):
    """Correctly rounded Fraction -> binary64, to infinity on overflow."""
    try:
        return q.numerator / q.denominator
    except OverflowError:
        return math.inf if q > 0 else -math.inf


def round_digits(q, digits):
    """|q| as (integer of exactly `digits` digits, decimal exponent)."""
    q = abs(q)
    num, den = q.numerator, q.denominator
    e = int((num.bit_length() - den.bit_length()) * 0.30102999566398120)
    while True:
        shift = digits - 1 - e
        a, b = (num * 10**shift, den) if shift >= 0 else (num, den * 10**-shift)
        m, r = divmod(a, b)
        if m < 10 ** (digits - 1):
            e -= 1
            continue
        if m >= 10**digits:
            e += 1
            continue
        if 2 * r > b or (2 * r == b and m & 1):
            m += 1
        if m == 10**digits:
            return m // 10, e + 1
        return m, e


def text(v):
    """Decimal text of an mpf; its binary64 reading is v correctly rounded."""
    if not mp.isfinite(v):
        raise Failure("not a finite number: %r" % v)
    if v == 0:
        return "0"
    sign, _, exp, bc = v._mpf_
    minus = "-" if sign else ""
    mag = (exp + bc) * 0.30102999566398120
    if mag > EXP_LIMIT + 1:
        return minus + "inf"
    if mag < -EXP_LIMIT - 1:
        return minus + "0"
    q = exact_fraction(v)
    want = nearest_double(q)
    digits = DIGITS
    while True:
        m, e = round_digits(q, digits)
        s = str(m).rstrip("0")
        out = minus + s[0] + ("." + s[1:] if len(s) > 1 else "")
        if e != 0:
            out += "e%d" % e
        if float(out) == want:
            return out
        digits *= 2  # next to a midpoint between two doubles
        if digits > 4096:
            raise Failure("no decimal text reads back correctly")


def bits(x):
    return "%016x" % struct.unpack(">Q", struct.pack(">d", x))[0]


# --------------------------------------------------------------------------
# truncated power series in t, coefficients 0..4


def line(x, dx=1):
    return [mpf(x), mpf(dx)] + [mpf(0)] * (N - 2)


def const(c):
    return [mpf(c)] + [mpf(0)] * (N - 1)


def add(a, b):
    return [p + q for p, q in zip(a, b)]


def sub(a, b):
    return [p - q for p, q in zip(a, b)]


def neg(a):
    return [-p for p in a]


def scale(a, c):
    return [p * c for p in a]


def addc(a, c):
    return [a[0] + c] + a[1:]


def mul(a, b):
    out = []
    for n in range(N):
        s = mpf(0)
        for k in range(n + 1):
            if a[k] != 0 and b[n - k] != 0:
                s += a[k] * b[n - k]
        out.append(s)
    return out


def div(a, b):
    q = []
    for n in range(N):
        s = a[n]
        for k in range(n):
            if q[k] != 0 and b[n - k] != 0:
                s -= q[k] * b[n - k]
        q.append(s / b[0])
    return q


def inv(b):
    return div(const(1), b)


def integral(v0, g, u):
    """v0 + the integral of g(t) u'(t): f(u) from f'(u)."""
    out = [v0]
    for n in range(1, N):
        s = mpf(0)
        for k in range(1, n + 1):
            if u[k] != 0:
                s += k * u[k] * g[n - k]
        out.append(s / n)
    return out


def exp(u):
    e = [mp.exp(u[0])]
    for n in range(1, N):
        s = mpf(0)
        for k in range(1, n + 1):
            s += k * u[k] * e[n - k]
        e.append(s / n)
    return e


def ln(u):
    return integral(mp.log(u[0]), inv(u), u)


def ln1p(u):
    return integral(mp.log1p(u[0]), inv(addc(u, 1)), u)


def powc(u, a):
    """u**a with a fixed exponent a, u[0] > 0."""
    p = [u[0] ** a]
    for n in range(1, N):
        s = mpf(0)
        for k in range(1, n + 1):
            s += (k * a - (n - k)) * u[k] * p[n - k]
        p.append(s / (n * u[0]))
    return p


def sqrt(u):
    return powc(u, mpf(1) / 2)


def pair(s0, c0, u, sign):
    """sin and cos (sign -1) or sinh and cosh (sign +1)."""
    s, c = [s0], [c0]
    for n in range(1, N):
        a = b = mpf(0)
        for k in range(1, n + 1):
            a += k * u[k] * c[n - k]
            b += k * u[k] * s[n - k]
        s.append(a / n)
        c.append(sign * b / n)
    return s, c


def sincos(u):
    return pair(mp.sin(u[0]), mp.cos(u[0]), u, -1)


def sinhcosh(u):
    return pair(mp.sinh(u[0]), mp.cosh(u[0]), u, 1)


def sq(u):
    return mul(u, u)


def sigmoid_series(u):
    """s = 1/(1 + e^-u), from s' = s c with c = 1 - s."""
    s = [1 / (1 + mp.exp(-u[0]))]
    c = [1 / (1 + mp.exp(u[0]))]
    for n in range(1, N):
        t = mpf(0)
        for k in range(1, n + 1):
            for j in range(n - k + 1):
                t += k * u[k] * s[j] * c[n - k - j]
        s.append(t / n)
        c.append(-s[n])
    return s


def normal_density(u):
    return scale(exp(scale(sq(u), mpf(-1) / 2)), 1 / mp.sqrt(2 * mp.pi))


psi_cache = {}


def psi(m, x):
    key = (m, x, mp.prec)
    if key not in psi_cache:
        psi_cache[key] = mp.psi(m, x)
    return psi_cache[key]


def psi_series(m, u):
    """polygamma(m, u) on a straight line u = u0 + u1 t."""
    out, fact, power = [], mpf(1), mpf(1)
    for n in range(N):
        if n:
            fact *= n
            power *= u[1]
        out.append(psi(m + n, u[0]) * power / fact)
    return out


def lngamma_value(x):
    if x > 0:
        return mp.loggamma(x)
    return mp.log(abs(mp.gamma(x)))


def lngamma_series(u):
    if u[1] == 0:
        return const(lngamma_value(u[0]))
    return integral(lngamma_value(u[0]), psi_series(0, u), u)


# --------------------------------------------------------------------------
# inverse error functions, by Newton's method on the logarithm of erfc


def solve_erfc(q, erfc):
    """y with erfc(y) = q, 0 < q <= 1/2, to the working precision."""
    final = mp.dps

    def step(y):
        # +q rounds to the precision in use: mpmath 1.3.0 and 1.4.1 return a
        # wrong logarithm for an argument just above 1/4 that is closer to it
        # than the working precision resolves.
        e = erfc(y)
        return e * mp.sqrt(mp.pi) / 2 * mp.exp(y * y) * (mp.log(e) - mp.log(+q))

    with mp.workdps(30):
        y = mp.sqrt(-mp.log(+q)) * mpf("0.8")
        for _ in range(200):
            d = step(y)
            y += d
            if abs(d) < mpf(10) ** -24 * abs(y):
                break
        else:
            raise Failure("no convergence")
    dps = 24
    while dps < 2 * final:
        dps *= 2
        with mp.workdps(min(dps, final) + 15):
            d = step(y)
            y = y + d
    if abs(d) > abs(y) * mpf(10) ** (-final // 3):
        raise Failure("no convergence")
    return +y


def solve_erf(x, erf):
    """y with erf(y) = x, |x| < 0.6, x not 0, to the working precision."""
    final = mp.dps

    def step(y):
        return (x - erf(y)) * mp.sqrt(mp.pi) / 2 * mp.exp(y * y)

    with mp.workdps(30):
        y = x * mp.sqrt(mp.pi) / 2
        for _ in range(200):
            d = step(y)
            y += d
            if abs(d) < mpf(10) ** -24 * abs(y):
                break
        else:
            raise Failure("no convergence")
    dps = 24
    while dps < 2 * final:
        dps *= 2
        with mp.workdps(min(dps, final) + 15):
            d = step(y)
            y = y + d
    if abs(d) > abs(y) * mpf(10) ** (-final // 3):
        raise Failure("no convergence")
    return +y


def erfinv_value(x, erf, erfc):
    if x == 0:
        return mpf(0)
    if abs(x) < mpf("0.5"):
        return solve_erf(x, erf)
    y = solve_erfc(1 - abs(x), erfc)
    return y if x > 0 else -y


def norminv_value(p, erf, erfc):
    r = mp.sqrt(2)
    if p == mpf("0.5"):
        return mpf(0)
    if p < mpf("0.25"):
        return -r * solve_erfc(2 * p, erfc)
    if p > mpf("0.75"):
        return r * solve_erfc(2 * (1 - p), erfc)
    return r * solve_erf(2 * p - 1, erf)


def ode_series(y0, rhs, u):
    """y(u) with y' = rhs(y): each pass fixes one more coefficient."""
    y = const(y0)
    for _ in range(N):
        y = integral(y0, rhs(y), u)
    return y


# --------------------------------------------------------------------------
# the second formulas, for the differences only


def erf_sum(x):
    """erf from its all-positive series exp(-x^2) sum 2^n x^(2n+1)/(2n+1)!!."""
    if x == 0:
        return mpf(0)
    with mp.workdps(mp.dps + 10):
        t = s = x
        w = 2 * x * x
        n = 0
        cut = mpf(10) ** -mp.dps
        while abs(t) > cut * abs(s) or 2 * n + 1 < w:
            n += 1
            t = t * w / (2 * n + 1)
            s += t
        s = s * 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)
    return +s


def erfc_sum(x):
    if abs(x) > 45:
        return mp.erfc(x)
    lost = int(float(x) ** 2 / 2.3) + 10 if x > 0 else 0
    with mp.workdps(mp.dps + lost):
        r = 1 - erf_sum(x)
    return +r


def gamma_sum(x):
    """Gamma from the incomplete gamma series, for x < 300."""
    if x < 0:
        return mp.pi / (mp.sin(mp.pi * x) * gamma_sum(1 - x))
    with mp.workdps(mp.dps + 20):
        n = int(2.31 * mp.dps + 4 * float(x))
        t = s = 1 / x
        k = 0
        cut = mpf(10) ** -mp.dps
        while t > cut * s:
            k += 1
            t = t * n / (x + k)
            s += t
        s = s * mpf(n) ** x * mp.exp(-n)
    return +s


def lngamma_sum(x):
    if x > 300:
        return mp.loggamma(x)
    if x < -299:
        return mp.log(mp.pi / abs(mp.sin(mp.pi * x))) - mp.loggamma(1 - x)
    return mp.log(abs(gamma_sum(x)))


def sinc_sum(x):
    if abs(x) > 50:
        return mp.cos(x - mp.pi / 2) / x
    with mp.workdps(mp.dps + 30):
        t = s = mpf(1)
        w = x * x
        k = 0
        cut = mpf(10) ** -mp.dps
        while abs(t) > cut:
            k += 1
            t = -t * w / (2 * k * (2 * k + 1))
            s += t
    return +s


def log1mexp_sum(x):
    if x > -50:
        return mp.log(1 - mp.exp(x))
    e = mp.exp(x)
    s, p, k = mpf(0), mpf(1), 0
    while True:
        k += 1
        p *= e
        s += p / k
        if p < s * mpf(10) ** (-mp.dps - 5):
            return -s


# --------------------------------------------------------------------------
# points


class Rng:
    """SplitMix64, seeded from the function's name."""

    def __init__(self, name):
        h = 0xCBF29CE484222325
        for b in name.encode():
            h = ((h ^ b) * 0x100000001B3) & (2**64 - 1)
        self.s = h

    def unit(self):
        m = 2**64 - 1
        self.s = (self.s + 0x9E3779B97F4A7C15) & m
        z = self.s
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & m
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & m
        z ^= z >> 31
        return (z >> 11) * 2.0**-53

    def uniform(self, lo, hi):
        return lo + (hi - lo) * self.unit()


# A scale of 1 ulp at 1: binary64 neighbours of numbers near 1.
EPS = 2.0**-52
HALF = 2.0**-53
TINY = [1e-300, 1e-20, 1e-8]
MAX = sys.float_info.max
MINNORMAL = sys.float_info.min
SUBNORMAL = 2.0**-1074
PI = math.pi


def next_up(x, k=1):
    """k representable numbers away from x (negative k: towards -infinity)."""
    n = struct.unpack(">q", struct.pack(">d", x))[0]
    n = n if n >= 0 else -(2**63) - n
    n += k
    n = n if n >= 0 else -(2**63) - n
    return struct.unpack(">d", struct.pack(">q", n))[0]


def near(x, ulps=(-1, 1), rel=()):
    return [next_up(x, k) for k in ulps] + [x + d for d in rel]


def both(xs):
    out = []
    for x in xs:
        out.append(x)
        out.append(-x)
    return out


POSITIVE = [
    SUBNORMAL, MINNORMAL, 1e-300, 1e-100, 1e-20, 1e-8, 1e-3, 0.1, 0.5,
    1 - HALF, 1.0, 1 + EPS, 1 + 1e-8, 2.0, 3.0, 10.0, 1e5, 1e22, 1e100, 1e300,
    MAX,
]
NEAR_ONE = [1 - 1e-8, 1 - 1e-4, 1 + 1e-12, 1 + 1e-4, 0.9, 1.1]
TRIG = both(
    TINY
    + [
        1e-4, 0.5, 1.0, PI / 4, PI / 2, next_up(PI / 2), PI, next_up(PI, -1),
        3 * PI / 2, 2 * PI, 11.0, 100.0, 355.0, 1e5, 1e22,
    ]
) + [6381956970095103 * 2.0**797, 1e300, MAX, -1e100]
UNIT_INTERVAL = [
    1e-300, 1e-100, 1e-20, 1e-8, 1e-3, 0.02425, 0.1, 0.25, 0.4, 0.5 - HALF,
    0.5, 0.5 + EPS, 0.5 + 1e-10, 0.5 - 1e-6, 0.6, 0.75, 0.9, 0.97575, 0.999,
    1 - 1e-8, 1 - 1e-12, 1 - EPS, 1 - HALF,
]
EXPONENT = [0.0] + both(
    TINY + [1e-10, 1e-5, 1e-3, 0.1, 0.5, math.log(2), 1.0, 5.0, 10.0, 37.0, 40.0, 100.0]
)
LOGISTIC = EXPONENT + both([20.0, 350.0, 700.0, 709.75, 745.25, 800.0, 1e5])
GAMMA = both([1e-300, 1e-100, 1e-20, 1e-8, 1e-3, 0.5]) + [
    0.1, 1.0, 2.0, 3.0, 1.5, 4.5, 10.0, 30.25,
] + near(1.0) + near(2.0) + [1 + 1e-10, 1 - 1e-6, 2 - 1e-10, 2 + 1e-6] + near(-1.0) + [
    -1 + 1e-10, -1 - 1e-6, -2 + 1e-8, -2.5, -3.75, -10.25, -20.0 + 2.0**-48,
]


def distinct(xs):
    seen, out = set(), []
    for x in xs:
        x = float(x)
        b = bits(x)
        if b not in seen:
            seen.add(b)
            out.append(x)
    return out


# --------------------------------------------------------------------------
# univariate functions

UNIVARIATE = []


class Uni:
    """One univariate function.

    series(x)  coefficients 0..4 of f(x + t)
    plain(x)   the function through another formula, for differences
    split(x)   None, or (c0, c1, g) with f(x) = c0 + c1 x + g(x) near x, used
               where f is a straight line up to a very small g
    order      plain is a function whose `order`-th derivative is f
    pad        extra starting precision per decade between the argument and 1
    """

    def __init__(self, name, param, series, plain, points, split=None, order=0, pad=5):
        self.name, self.param = name, param
        self.series, self.plain, self.split = series, plain, split
        self.points, self.order, self.pad = distinct(points), order, pad
        UNIVARIATE.append(self)


def with_random(name, points, *ranges):
    r = Rng(name)
    out = list(points)
    for count, lo, hi in ranges:
        out += [r.uniform(lo, hi) for _ in range(count)]
    return out


def uni(name, series, plain, points, *ranges, param="-", **kw):
    tag = name + param
    Uni(name, param, series, plain, with_random(tag, points, *ranges), **kw)


def sgn(x):
    return -1 if x < 0 else 1


def define_elementary():
    third = lambda: mpf(1) / 3

    uni("sqrt", lambda x: sqrt(line(x)), mp.sqrt, POSITIVE, (6, 0.1, 50))
    uni(
        "cbrt",
        lambda x: scale(powc(line(abs(x), sgn(x)), third()), sgn(x)),
        lambda x: sgn(x) * mp.exp(mp.log(abs(x)) / 3),
        both(POSITIVE), (4, 0.1, 50), (4, -50, -0.1),
    )
    uni(
        "recip", lambda x: inv(line(x)), lambda x: 1 / x,
        both(POSITIVE), (4, 0.1, 5), (4, -5, -0.1),
    )
    uni(
        "exp", lambda x: exp(line(x)), lambda x: mp.e**x,
        EXPONENT + [700.0, 709.75, 710.0, 800.0, -700.0, -708.5, -740.0, -745.0, -746.0, -1e5],
        (6, -5, 5),
    )
    uni(
        "exp2",
        lambda x: integral(mpf(2) ** x, scale(exp(scale(line(x), mp.ln2)), mp.ln2), line(x)),
        lambda x: mp.exp(x * mp.log(2)),
        EXPONENT + [1000.0, 1023.75, 1024.0, -1000.0, -1022.5, -1070.5, -1074.0, -1080.0],
        (6, -5, 5),
    )
    uni(
        "exp_m1",
        lambda x: integral(mp.expm1(x), exp(line(x)), line(x)),
        lambda x: mp.exp(x) - 1,
        EXPONENT + [700.0, 709.75, 710.0, -700.0, -746.0, -1e5], (6, -5, 5),
        split=lambda x: (-1, 0, mp.exp) if x < -50 else None,
    )
    uni("ln", lambda x: ln(line(x)), lambda x: -mp.log(1 / x), POSITIVE + NEAR_ONE, (6, 0.1, 50))
    for name, base in (("log2", 2), ("log10", 10)):
        uni(
            name,
            lambda x, base=base: scale(ln(line(x)), 1 / mp.log(base)),
            lambda x, base=base: mp.log(x, base),
            POSITIVE + NEAR_ONE + [8.0, 1000.0, 1024.0], (6, 0.1, 50),
        )
    uni(
        "ln_1p", lambda x: ln1p(line(x)), lambda x: mp.log(1 + x),
        [0.0] + both(TINY + [1e-16, 1e-10, 1e-4, 0.1, 0.5, 0.9])
        + [-1 + HALF, -1 + EPS, -1 + 1e-8, 1.0, 10.0, 1e5, 1e22, 1e300, MAX],
        (4, -0.9, 1), (4, 1, 50),
    )
    uni("sin", lambda x: sincos(line(x))[0], lambda x: mp.cos(mp.pi / 2 - x), [0.0] + TRIG, (6, -10, 10))
    uni("cos", lambda x: sincos(line(x))[1], lambda x: mp.sin(x + mp.pi / 2), [0.0] + TRIG, (6, -10, 10))

    def tan_series(x):
        _, c = sincos(line(x))
        return integral(mp.tan(x), inv(sq(c)), line(x))

    uni("tan", tan_series, lambda x: mp.sin(x) / mp.cos(x), [0.0] + TRIG, (6, -10, 10))

    inner = both(TINY + [1e-4, 0.1, 0.5, 0.75, 0.99, 1 - 1e-8, 1 - EPS, 1 - HALF])
    root = lambda x: powc(sub(const(1), sq(line(x))), mpf(-1) / 2)
    uni(
        "asin", lambda x: integral(mp.asin(x), root(x), line(x)),
        lambda x: mp.atan(x / mp.sqrt((1 - x) * (1 + x))),
        [0.0] + inner, (6, -0.95, 0.95),
    )
    uni(
        "acos", lambda x: integral(mp.acos(x), neg(root(x)), line(x)),
        lambda x: mp.pi / 2 - mp.atan(x / mp.sqrt((1 - x) * (1 + x))),
        [0.0] + inner, (6, -0.95, 0.95),
    )
    wide = both(TINY + [1e-4, 0.1, 0.5, 1.0, 2.0, 10.0, 1e5, 1e22, 1e300])
    uni(
        "atan", lambda x: integral(mp.atan(x), inv(addc(sq(line(x)), 1)), line(x)),
        lambda x: mp.im(mp.log(mp.mpc(1, x))),
        [0.0] + wide + both([1 - HALF, 1 + EPS, 1e8]), (6, -5, 5),
    )
    hyper = EXPONENT + both([20.0, 350.0, 700.0, 710.0, 711.0, 800.0])
    uni(
        "sinh", lambda x: sinhcosh(line(x))[0],
        lambda x: (mp.exp(x) - mp.exp(-x)) / 2, hyper, (6, -5, 5),
    )
    uni(
        "cosh", lambda x: sinhcosh(line(x))[1],
        lambda x: (mp.exp(x) + mp.exp(-x)) / 2, hyper, (6, -5, 5),
    )

    def tanh_series(x):
        _, c = sinhcosh(line(x))
        return integral(mp.tanh(x), inv(sq(c)), line(x))

    uni(
        "tanh", tanh_series,
        lambda x: (mp.exp(2 * x) - 1) / (mp.exp(2 * x) + 1),
        EXPONENT + both([18.0, 19.0, 20.0, 22.0, 200.0, 350.0, 400.0, 1e5]), (6, -5, 5),
        split=lambda x: (
            (sgn(x), 0, lambda z, s=sgn(x): -2 * s / (mp.exp(2 * s * z) + 1))
            if abs(x) > 15 else None
        ),
    )
    uni(
        "asinh",
        lambda x: integral(mp.asinh(x), powc(addc(sq(line(x)), 1), mpf(-1) / 2), line(x)),
        lambda x: sgn(x) * mp.log(abs(x) + mp.sqrt(x * x + 1)),
        [0.0] + wide + both([1e100, MAX]), (6, -5, 5),
    )
    uni(
        "acosh",
        lambda x: integral(mp.acosh(x), powc(addc(sq(line(x)), -1), mpf(-1) / 2), line(x)),
        lambda x: mp.log(x + mp.sqrt((x - 1) * (x + 1))),
        [1 + EPS, 1 + 2 * EPS, 1 + 1e-12, 1 + 1e-8, 1 + 1e-4, 1.01, 1.1, 1.5, 2.0, 3.0, 10.0,
         100.0, 1e5, 1e8, 1e22, 1e100, 1e300, MAX],
        (8, 1.05, 20),
    )
    uni(
        "atanh",
        lambda x: integral(mp.atanh(x), inv(sub(const(1), sq(line(x)))), line(x)),
        lambda x: mp.log((1 + x) / (1 - x)) / 2,
        [0.0] + inner, (6, -0.95, 0.95),
    )
    uni("abs", lambda x: scale(line(x), sgn(x)), abs, both(POSITIVE), (6, -50, 50))
    uni(
        "fract",
        lambda x: addc(line(x), -(mp.floor(x) if x >= 0 else mp.ceil(x))),
        lambda x: mp.fmod(x, 1) if x >= 0 else -mp.fmod(-x, 1),
        both(TINY + [0.25, 0.5, 1 - HALF, 1 + EPS, 1.5, 2 - EPS, 3.75, 100.125, 1e5 + 0.1,
                     2.0**51 + 0.5, 2.0**52 - 0.5]),
        (6, -50, 50),
    )
    for n in (-3, -1, 2, 3, 5, 10):

        def powi_series(x, n=n):
            u, r = line(x), const(1)
            for _ in range(abs(n)):
                r = mul(r, u)
            return r if n > 0 else inv(r)

        pts = both([1e-300, 1e-100, 1e-20, 1e-8, 0.1, 0.5, 1 - HALF, 1.0, 1 + EPS, 2.0, 10.0,
                    1e5, 1e22, 1e30, 1e100, 1e300])
        if n > 0:
            pts = [0.0] + pts
        uni("powi", powi_series, lambda x, n=n: x**n, pts, (4, -5, -0.1), (4, 0.1, 5), param=str(n))
    for a in (0.5, 1.5, -0.7, 2.5, 1 / 3):
        uni(
            "powf_const",
            lambda x, a=a: powc(line(x), mpf(a)),
            lambda x, a=a: mp.exp(mpf(a) * mp.log(x)),
            POSITIVE, (6, 0.1, 10), param=bits(a),
        )


def define_special():
    rsp = lambda: 2 / mp.sqrt(mp.pi)
    r2 = lambda: mp.sqrt(2)

    def gauss(x):
        return scale(exp(neg(sq(line(x)))), rsp())

    errors = both(TINY + [1e-10, 1e-4, 0.1, 0.5, 1.0, 2.0, 3.0, 5.0, 5.9, 6.0, 10.0, 20.0, 26.0,
                          26.5, 27.0, 30.0, 1e3])
    uni(
        "erf", lambda x: integral(mp.erf(x), gauss(x), line(x)), erf_sum,
        [0.0] + errors, (8, -3, 3),
        split=lambda x: (
            (sgn(x), 0, lambda z, s=sgn(x): -s * erfc_sum(s * z)) if abs(x) > 3 else None
        ),
    )
    uni(
        "erfc", lambda x: integral(mp.erfc(x), neg(gauss(x)), line(x)), erfc_sum,
        [0.0] + errors, (8, -3, 3),
        split=lambda x: (2, 0, lambda z: -erfc_sum(-z)) if x < -3 else None,
    )
    uni(
        "erf_inv",
        lambda x: ode_series(
            erfinv_value(x, mp.erf, mp.erfc),
            lambda y: scale(exp(sq(y)), mp.sqrt(mp.pi) / 2), line(x),
        ),
        lambda x: erfinv_value(x, erf_sum, erfc_sum),
        [0.0] + both(TINY + [1e-4, 0.1, 0.5, 0.75, 0.9, 0.99, 0.9999, 1 - 1e-8, 1 - 1e-12,
                             1 - EPS, 1 - HALF]),
        (6, -0.95, 0.95),
    )
    def gamma_series(x):
        u = line(x)
        p = psi_series(0, u)
        g = [mp.gamma(x)]
        for n in range(1, N):
            s = mpf(0)
            for k in range(1, n + 1):
                s += p[k - 1] * g[n - k]
            g.append(s / n)
        return g

    uni(
        "gamma", gamma_series,
        lambda x: mp.exp(lngamma_sum(x)) * (1 if x > 0 or int(mp.floor(x)) % 2 == 0 else -1),
        GAMMA + [1e-310, 50.5, 100.0, 150.0, 170.0, 171.5, 171.625, 172.0, 200.0, -30.5, -100.5,
                 -170.5, -177.5, -183.5, -190.5],
        (6, 0.1, 20), (4, -5, 0), pad=0,
    )
    uni(
        "ln_gamma", lambda x: lngamma_series(line(x)), lngamma_sum,
        GAMMA + [1e-310, 100.0, 171.5, 1e3, 1e5, 1e10, 1e22, 1e100, 1e300, -2.4570247382208006,
                 -2.7476826467274127, -100.5, -1000.25],
        (6, 0.1, 20), (4, -5, 0), pad=0,
    )
    zero = 1.4616321449683623
    digamma_points = GAMMA + near(zero, (-2, -1, 0, 1, 2)) + [
        1.4, 1.46, -0.504083008264455, -1.573498473162390, 100.0, 1e5, 1e22, 1e100, 1e300, -100.5,
    ]
    for name, m, param in (
        ("digamma", 0, "-"), ("trigamma", 1, "-"), ("polygamma", 2, "2"), ("polygamma", 3, "3"),
    ):
        pts = digamma_points if m == 0 else GAMMA + [1.4616321449683623, 100.0, 1e5, 1e22, 1e300, -100.5]
        uni(
            name, lambda x, m=m: psi_series(m, line(x)), lngamma_sum, pts,
            (5, 0.1, 20), (3, -5, 0), param=param, order=m + 1, pad=0,
        )
    uni(
        "sigmoid", lambda x: sigmoid_series(line(x)), lambda x: 1 / (1 + mp.exp(-x)),
        LOGISTIC, (6, -5, 5),
        split=lambda x: (1, 0, lambda z: -1 / (1 + mp.exp(z))) if x > 10 else None,
    )
    uni(
        "logit",
        lambda x: integral(
            mp.log(x / (1 - x)), inv(sub(line(x), sq(line(x)))), line(x)
        ),
        lambda x: 2 * mp.atanh(2 * x - 1),
        UNIT_INTERVAL, (6, 0.05, 0.95),
    )

    def softplus_value(x):
        return x + mp.log1p(mp.exp(-x)) if x > 0 else mp.log1p(mp.exp(x))

    def softplus_plain(x):
        return mp.log(1 + mp.exp(x)) if x > -10 else mp.log1p(mp.exp(x))

    uni(
        "softplus",
        lambda x: integral(softplus_value(x), sigmoid_series(line(x)), line(x)),
        softplus_plain, LOGISTIC, (6, -5, 5),
        split=lambda x: (0, 1, lambda z: mp.log1p(mp.exp(-z))) if x > 10 else None,
    )
    uni(
        "ln_sigmoid",
        lambda x: integral(-softplus_value(-x), sigmoid_series(neg(line(x))), line(x)),
        lambda x: -softplus_plain(-x), LOGISTIC, (6, -5, 5),
        split=lambda x: (0, 1, lambda z: -mp.log1p(mp.exp(z))) if x < -10 else None,
    )
    uni(
        "silu", lambda x: mul(line(x), sigmoid_series(line(x))),
        lambda x: x / (1 + mp.exp(-x)),
        LOGISTIC + near(-1.2784645427610738), (6, -5, 5),
        split=lambda x: (0, 1, lambda z: -z / (1 + mp.exp(z))) if x > 10 else None,
    )

    def cdf_series(x):
        return integral(mp.erfc(-x / r2()) / 2, normal_density(line(x)), line(x))

    normal = [0.0] + both(TINY + [1e-4, 0.1, 0.5, 0.75, 1.0, r2() + 0, 2.0, 3.0, 5.0, 8.0, 8.5, 10.0,
                                  20.0, 30.0, 37.0, 38.0, 38.5, 40.0, 1e3])
    uni(
        "gelu", lambda x: mul(line(x), cdf_series(x)),
        lambda x: x * erfc_sum(-x / r2()) / 2,
        normal + [-0.7517915246935645], (6, -5, 5),
        split=lambda x: (0, 1, lambda z: -z * erfc_sum(z / r2()) / 2) if x > 4 else None,
    )

    def sinc_series(x):
        if x == 0:
            return [mpf(1), mpf(0), mpf(-1) / 6, mpf(0), mpf(1) / 120]
        return div(sincos(line(x))[0], line(x))

    uni(
        "sinc", sinc_series, sinc_sum,
        [0.0] + both(TINY + [1e-10, 1e-5, 1e-3, 1e-2, 0.1, 0.5, 1.0, 2.0, PI, 2 * PI,
                             4.493409457909064, 10.0, 100.0, 1e5, 1e22, 1e100]),
        (6, -10, 10),
    )
    uni(
        "log1m_exp",
        lambda x: integral(
            mp.log(-mp.expm1(x)) if x > -1 else mp.log1p(-mp.exp(x)),
            neg(inv(addc(exp(neg(line(x))), -1))), line(x),
        ),
        log1mexp_sum,
        [-x for x in [1e-300, 1e-100, 1e-20, 1e-16, 1e-10, 1e-8, 1e-4, 0.1, 0.5, 0.6931471805599453,
                      0.6931471805599454, 1.0, 2.0, 5.0, 10.0, 36.0, 37.0, 40.0, 100.0, 350.0, 700.0,
                      709.0, 745.0, 800.0, 1e5]],
        (8, -5, -0.05),
    )
    uni(
        "norm_cdf", cdf_series, lambda x: erfc_sum(-x / r2()) / 2, normal, (6, -5, 5),
        split=lambda x: (1, 0, lambda z: -erfc_sum(z / r2()) / 2) if x > 4 else None,
    )
    uni(
        "norm_inv_cdf",
        lambda p: ode_series(
            norminv_value(p, mp.erf, mp.erfc),
            lambda y: inv(normal_density(y)), line(p),
        ),
        lambda p: norminv_value(p, erf_sum, erfc_sum),
        [SUBNORMAL, MINNORMAL] + UNIT_INTERVAL, (6, 0.05, 0.95),
    )


# --------------------------------------------------------------------------
# bivariate functions

BIVARIATE = []


class Bi:
    """One bivariate function.

    series(u, v)  coefficients along the straight line (u, v)
    plain(x, y)   the function through another formula, for differences
    unit          upper bound of the natural unit of length of its arguments
    pad           extra starting precision per decade between arguments and 1
    """

    def __init__(self, name, series, plain, points, unit, pad):
        self.name, self.series, self.plain = name, series, plain
        self.unit, self.pad = unit, pad
        seen, self.points = set(), []
        for p in points:
            key = (bits(float(p[0])), bits(float(p[1])))
            if key not in seen:
                seen.add(key)
                self.points.append((float(p[0]), float(p[1])))
        BIVARIATE.append(self)


def bi(name, series, plain, points, count, xlo, xhi, ylo, yhi, fix=None, unit=mp.inf, pad=3):
    r = Rng(name)
    pts = list(points)
    for _ in range(count):
        p = (r.uniform(xlo, xhi), r.uniform(ylo, yhi))
        pts.append(fix(*p) if fix else p)
    Bi(name, series, plain, pts, unit, pad)


def define_bivariate():
    general = [
        (0.0, 1.0), (1.0, -1.0), (1.0, 1e-300), (1e-300, 1.0), (1e-300, -1e-300), (1e300, 1e-300),
        (1e-20, 1e-8), (1e-8, -1e-20), (1.0, 1 - HALF), (1 + EPS, 1.0), (1.0, HALF), (3.0, 4.0),
        (-3.0, 4.0), (-5.0, -12.0), (0.1, 0.2), (1e5, 1e-5), (1e22, -1e5), (1e300, 1e300),
        (-1e300, 1e299), (1e154, 1e154), (SUBNORMAL, 1.0), (MINNORMAL, -3.0),
    ]
    bi("add", add, lambda x, y: x + y, general, 8, -10, 10, -10, 10)
    bi("sub", sub, lambda x, y: x - y, general, 8, -10, 10, -10, 10)
    bi("mul", mul, lambda x, y: x * y, general, 8, -10, 10, -10, 10)
    bi("div", div, lambda x, y: x / y, general, 8, -10, 10, -10, 10)
    bi(
        "hypot", lambda u, v: sqrt(add(sq(u), sq(v))), mp.hypot,
        general + [(1e-200, 1e-200), (1e200, 1.0), (0.0, -2.0), (2.0, 0.0), (-1e-300, 3e-300)],
        8, -10, 10, -10, 10,
    )

    def atan2_series(y, x):
        dy, dx = const(y[1]), const(x[1])
        rate = div(sub(mul(x, dy), mul(y, dx)), add(sq(x), sq(y)))
        return integral(mp.atan2(y[0], x[0]), rate, line(0))

    def atan2_plain(y, x):
        if abs(y) > abs(x):
            return sgn(y) * mp.pi / 2 - mp.atan(x / y)
        base = mp.atan(y / x)
        return base if x > 0 else base + sgn(y) * mp.pi

    bi(
        "atan2", atan2_series, atan2_plain,
        [p for p in general if not (p[0] == 0 and p[1] < 0)]
        + [(1e-300, -1.0), (-1e-300, -1.0), (1.0, 0.0), (-1.0, 0.0), (0.0, 1e-300), (1.0, 1.0),
           (1.0, 1 + EPS), (-1.0, -1e-8), (1e-8, -1.0), (-1e-20, -1.0)],
        8, -10, 10, -10, 10,
    )

    def powf_series(u, v):
        if v[1] == 0:
            return powc(u, v[0])
        return exp(mul(v, ln(u)))

    bi(
        "powf", powf_series, lambda x, y: mp.exp(y * mp.log(x)),
        [(1.0, 0.0), (1.0, 1e300), (1.0, -2.5), (2.0, 0.0), (2.0, 1.0), (2.0, 2.0), (2.0, 3.0),
         (2.0, -1.0), (4.0, 0.5), (10.0, 300.0), (10.0, 310.0), (10.0, -300.0), (10.0, -320.0),
         (1e-300, 0.5), (1e-300, 1e-8), (1e-20, 3.5), (1e-8, -2.0), (1e300, 1e-300), (1e300, 1.0),
         (1e300, -0.5), (1 + EPS, 1e16), (1 - HALF, 1e17), (1 + EPS, -3.0), (0.5, 1e-20),
         (0.5, 1000.0), (1e5, 2.5), (SUBNORMAL, 0.25), (MAX, 0.5)],
        8, 0.1, 10, -4, 4,
    )
    bi(
        "log", lambda u, v: div(ln(u), ln(v)), lambda x, b: mp.log(x) / mp.log(b),
        [(1.0, 2.0), (2.0, 2.0), (8.0, 2.0), (1000.0, 10.0), (1e-300, 10.0), (1e300, 10.0),
         (1e-20, 2.0), (1e-8, 0.5), (1 + EPS, 2.0), (1 - HALF, 10.0), (1 + 1e-8, 3.0),
         (3.0, 1 + EPS), (3.0, 1 - HALF), (3.0, 1 + 1e-8), (5.0, 1e-300), (5.0, 1e300),
         (SUBNORMAL, 2.0), (MAX, 2.0), (2.0, SUBNORMAL), (10.0, math.e), (1 + EPS, 1 + EPS),
         (0.3, 0.9), (1e22, 1e5), (1e5, 1e-8)],
        8, 0.1, 20, 1.2, 12,
    )

    def quotient(x, y):
        q = exact_fraction(x) / exact_fraction(y)
        n = abs(q.numerator) // q.denominator
        return mpf(n if q >= 0 else -n)

    bi(
        "rem", lambda u, v: sub(u, scale(v, quotient(u[0], v[0]))),
        lambda x, y: sgn(x) * mp.fmod(abs(x), abs(y)),
        [(5.0, 3.0), (-5.0, 3.0), (5.0, -3.0), (-5.0, -3.0), (0.5, 1.0), (-0.5, 1.0), (1.0, 0.3),
         (1.0, 3.0), (1e-300, 1.0), (1e-20, -1.0), (-1e-8, 1e-3), (1.0, 1 + EPS), (1.0, 1 - HALF),
         (1e5, 0.7), (1e15, 7.0), (-1e15, 3.0), (1e10, 1e-3), (1e300, 7e299), (1e-300, 3e-301),
         (1.0, 1e300), (6.5, 2.0), (7.25, -0.5 + 0.125), (2.0**53 - 1, 2.5), (3.0, 1e-8)],
        8, -50, 50, 0.5, 5,
    )

    def lnbeta_series(u, v):
        return sub(add(lngamma_series(u), lngamma_series(v)), lngamma_series(add(u, v)))

    bi(
        "ln_beta", lnbeta_series,
        lambda a, b: lngamma_sum(a) + lngamma_sum(b) - lngamma_sum(a + b),
        [(1.0, 1.0), (2.0, 3.0), (0.5, 0.5), (1.0, 2.0), (1e-300, 1.0), (1.0, 1e-40),
         (1e-100, 1e-100), (1e-20, 3.0), (1e-8, 1e-8), (1e-8, 1e5), (0.1, 20.0), (1 + EPS, 1.0),
         (1 - HALF, 1 + EPS), (1.0, 1 + 1e-8), (10.0, 10.0), (100.0, 0.01), (100.5, 200.25),
         (1e5, 1e5), (1e10, 2.5), (3.5, 1e22), (1e22, 1e22), (1e100, 1e100), (1e3, 1e-3),
         (1e300, 0.5)],
        8, 0.1, 20, 0.1, 20, pad=1,
    )
    positive_y = [
        (0.0, 1e-300), (0.0, 2.0), (1.0, 1.0), (2.0, 1.0), (-2.0, 1.0), (1e-300, 1e-300), (1e-20, 3.0),
        (1e-8, 1e-8), (1e300, 0.5), (-1e300, 1e-5), (3.0, 1e300), (2.0, 1 + EPS), (2.0, 1 - HALF),
        (-5.0, 1 + 1e-8), (0.5, 0.5), (1e5, 1e22), (-0.25, 10.0), (1.5, MAX), (7.0, 1e-100),
        (1e22, 1e-20), (-1e-300, 4.0),
    ]
    bi(
        "xlogy", lambda u, v: mul(u, ln(v)), lambda x, y: -x * mp.log(1 / y),
        positive_y + [(3.0, SUBNORMAL)], 8, -10, 10, 0.1, 20,
    )
    bi(
        "xlog1py", lambda u, v: mul(u, ln1p(v)), lambda x, y: x * mp.log(1 + y),
        positive_y + [(0.0, 0.0), (3.0, 0.0), (2.0, -1e-300), (2.0, -1e-8), (-3.0, -0.5),
                      (1.0, -1 + HALF), (1e5, -1 + 1e-8), (2.0, 1e-16)],
        8, -10, 10, -0.9, 20,
    )

    def lae_series(a, b):
        w = sub(a, b)
        d = abs(w[0])
        top = a[0] if w[0] > 0 else b[0]
        rate = add(scale(sigmoid_series(w), a[1]), scale(sigmoid_series(neg(w)), b[1]))
        return integral(top + mp.log1p(mp.exp(-d)), rate, line(0))

    def lae_plain(a, b):
        m = (a + b) / 2
        lost = int(abs(float(a - b)) / 2) + 10
        with mp.workdps(mp.dps + lost):
            r = m + mp.log(2 * mp.cosh((a - b) / 2))
        return +r

    bi(
        "log_add_exp", lae_series, lae_plain,
        [(0.0, 0.0), (1.0, 1.0), (1.0, 1 + EPS), (0.0, 1e-300), (1e-300, 0.0), (1e-20, -1e-20),
         (1e-8, -1e-8), (0.0, -1.0), (1e-8, -40.0), (37.0, 0.0), (0.0, 37.0), (-40.0, 0.0),
         (700.0, 710.0), (1000.0, 1000.0), (1000.0, 999.0), (-1000.0, -1001.0), (-745.0, -746.0),
         (800.0, 100.0), (100.0, 800.0), (1e5, 1e5), (1e22, 1e22), (-1e300, -1e300), (1e300, 1e300),
         (2.5, -1.25), (0.0, -750.0)],
        8, -5, 5, -5, 5, unit=1,
    )

    def lde_series(a, b):
        w = sub(b, a)
        value = a[0] + (mp.log(-mp.expm1(w[0])) if w[0] > -1 else mp.log1p(-mp.exp(w[0])))
        # a' / (1 - e^w) + b' / (1 - e^-w)
        rate = sub(
            scale(inv(sub(const(1), exp(w))), a[1]),
            scale(inv(addc(exp(neg(w)), -1)), b[1]),
        )
        return integral(value, rate, line(0))

    def lde_plain(a, b):
        m = (a + b) / 2
        lost = int(abs(float(a - b)) / 2) + 10
        with mp.workdps(mp.dps + lost):
            r = m + mp.log(2 * mp.sinh((a - b) / 2))
        return +r

    bi(
        "log_diff_exp", lde_series, lde_plain,
        [(1.0, 0.0), (1e-300, 0.0), (0.0, -1e-300), (1e-20, -1e-20), (1e-8, 0.0), (1 + EPS, 1.0),
         (1.0, 1 - HALF), (0.0, -1e-8), (0.0, -0.6931471805599453), (0.0, -1.0), (1e-8, -40.0),
         (37.0, 0.0), (40.0, 0.0), (710.0, 700.0), (1000.0, 999.0), (1000.0, 1000 - 2.0**-43),
         (-1000.0, -1001.0), (-745.0, -746.0), (800.0, 100.0), (1e5, 1e5 - 1.0),
         (1e10, 1e10 - 0.5), (2.5, -1.25), (0.0, -750.0), (1e15, 1e15 - 2.0), (5.0, 4.999)],
        8, -5, 5, -5, 5, fix=lambda a, b: (max(a, b), min(a, b)), unit=1,
    )


# --------------------------------------------------------------------------
# the two evaluations and their comparison


def decades(x):
    return 0 if x == 0 else int(abs(math.frexp(x)[1] * 0.30103)) + 1


FACT = [math.factorial(n) for n in range(20)]


def uni_numbers(f, x, dps):
    with mp.workdps(dps):
        c = f.series(mpf(x))
        return [c[n] * FACT[n] for n in range(N)]


DIRECTION = (mpf(1), mpf("0.5"))


def bi_numbers(f, x, y, dps):
    with mp.workdps(dps):
        x, y = mpf(x), mpf(y)
        run = lambda dx, dy: f.series(line(x, dx), line(y, dy))
        px, py, pd = run(1, 0), run(0, 1), run(*DIRECTION)
        plus, minus = run(1, 1), run(1, -1)
        mixed = (plus[2] - minus[2]) / 2
        return [px[0], px[1], py[1], 2 * px[2], mixed, 2 * py[2]] + [
            pd[n] * FACT[n] for n in range(1, N)
        ]


def settled(compute, start):
    """Numbers whose texts are the same at two precisions, and the texts."""
    dps = start
    for _ in range(3):
        low = [text(v) for v in compute(dps)]
        numbers = compute(dps + dps // 2)
        high = [text(v) for v in numbers]
        if low == high:
            return numbers, high
        dps *= 2
    raise Failure("digits depend on the precision:\n  %s\n  %s" % (low, high))


def stencil(n):
    """Offsets and weights of a central difference of order n, error h^2."""
    if n % 2 == 0:
        return {n // 2 - i: (-1) ** i * math.comb(n, i) for i in range(n + 1)}
    w = {}
    for i in range(n + 1):
        c = Fraction((-1) ** i * math.comb(n, i), 2)
        for k in ((n + 1) // 2 - i, (n - 1) // 2 - i):
            w[k] = w.get(k, 0) + c
    return {k: v for k, v in w.items() if v}


STENCIL = [stencil(n) for n in range(10)]


def differences(f, orders, h, k, clear, at_zero):
    """Yields n, the n-th difference / h^n, and what counts as zero for it.

    h is 10**-k of the natural unit of length.  A derivative that is written
    as 0 has to come out below 10**-clear of the function's size per unit; the
    callers choose `clear` so large that no small but non-zero derivative of
    these functions passes.  At the argument 0 the size is taken at a tenth of
    the unit, since the function may vanish to a high order there.
    """
    cache = {}
    size = abs(f(h * mpf(10) ** (k - 1))) if at_zero else mpf(0)

    def at(i):
        if i not in cache:
            cache[i] = f(i * h)
        return cache[i]

    for n in orders:
        s = mpf(0)
        for i, w in STENCIL[n].items():
            w = Fraction(w)
            s += at(i) * w.numerator / w.denominator
        big = max(size, max(abs(v) for v in cache.values()))
        yield n, s / h**n, big * mpf(10) ** (-n * k - clear) / h**n


def agrees(a, b, noise):
    if a == 0:
        return abs(b) <= noise
    return abs(a - b) <= abs(a) * mpf(10) ** -TOL


# Steps 10**-k, and whether the working precision also covers the decades
# between the arguments and 1.  A rung that is too coarse only costs time.
LADDER = ((45, 0), (45, 1), (60, 1), (90, 1), (180, 1), (360, 1), (720, 1))


def compare(pairs_at):
    """Runs pairs_at on the rungs of the ladder until all of its pairs agree."""
    worst = None
    for k, wide in LADDER:
        worst = None
        for label, a, b, noise in pairs_at(k, wide):
            if not agrees(a, b, noise):
                worst = (label, text(a), text(b) if mp.isfinite(b) else str(b))
                break
        if worst is None:
            return
    raise Failure("the two evaluations disagree on %s: %s / %s" % worst)


def uni_verify(f, x, numbers):
    def pairs(k, wide):
        top = N - 1 + f.order
        clear = 40 + (top + 2) * decades(x)
        dps = (top + 1) * k + 20 + (clear if wide else 40)
        with mp.workdps(dps):
            z = mpf(x)
            h = (abs(z) if x != 0 else mpf(1)) * mpf(10) ** -k
            g, c0, c1 = f.plain, 0, 0
            s = f.split(z) if f.split else None
            if s:
                c0, c1, g = s
            orders = range(f.order, f.order + N)
            for n, d, noise in differences(lambda t: g(z + t), orders, h, k, clear, x == 0):
                n -= f.order
                if n == 0:
                    d += c0 + c1 * z
                if n == 1:
                    d += c1
                yield "order %d" % n, numbers[n], d, noise

    compare(pairs)


def bi_verify(f, x, y, numbers):
    def pairs(k, wide):
        clear = 40 + 6 * (decades(x) + decades(y))
        dps = 5 * k + 20 + (400 + clear if wide else 40)
        zero = x == 0 or y == 0
        with mp.workdps(dps):
            a, b = mpf(x), mpf(y)
            sa = min(f.unit, abs(a)) if x != 0 else mpf(1)
            sb = min(f.unit, abs(b)) if y != 0 else mpf(1)
            if a != b:  # the diagonal can be singular
                sa, sb = min(sa, abs(a - b)), min(sb, abs(a - b))
            ha, hb = sa * mpf(10) ** -k, sb * mpf(10) ** -k
            for n, d, noise in differences(lambda t: f.plain(a + t, b), (0, 1, 2), ha, k, clear, zero):
                yield "x order %d" % n, numbers[(0, 1, 3)[n]], d, noise
            for n, d, noise in differences(lambda t: f.plain(a, b + t), (1, 2), hb, k, clear, zero):
                yield "y order %d" % n, numbers[(0, 2, 5)[n]], d, noise
            p = [f.plain(a + i * ha, b + j * hb) for i, j in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
            mixed = (p[0] - p[1] - p[2] + p[3]) / (4 * ha * hb)
            big = max(abs(v) for v in p) * mpf(10) ** (-2 * k - clear) / (ha * hb)
            yield "mixed", numbers[4], mixed, big
            h = min(ha, hb)
            along = lambda t: f.plain(a + DIRECTION[0] * t, b + DIRECTION[1] * t)
            for n, d, noise in differences(along, (1, 2, 3, 4), h, k, clear, zero):
                yield "direction order %d" % n, numbers[5 + n], d, noise

    compare(pairs)


# --------------------------------------------------------------------------
# files

UNI_HEADER = """\
# Univariate reference values and derivatives; see README.md.
# Written by generate.py with mpmath %s.  Do not edit.
# columns, separated by tabs:
# name  param  x as binary64 bits  x  f(x) f'(x) f''(x) f'''(x) f''''(x)
""" % PINNED

BI_HEADER = """\
# Bivariate reference values and derivatives; see README.md.
# Written by generate.py with mpmath %s.  Do not edit.
# D1..D4 are the derivatives of f(x + t, y + t/2) by t at t = 0.
# columns, separated by tabs:
# name  -  x,y as binary64 bits  x,y  f fx fy fxx fxy fyy D1 D2 D3 D4
""" % PINNED


def guarded(what, job):
    try:
        return job()
    except Failure as e:
        raise SystemExit("FAILED %s: %s" % (what, e))


def build(only, out):
    uni_lines, bi_lines = [], []
    for f in UNIVARIATE:
        if only and f.name not in only:
            continue
        began = time.time()
        if len(f.points) < 20:
            raise SystemExit("FAILED %s: fewer than 20 points" % f.name)
        for x in f.points:
            what = "%s %s at %r" % (f.name, f.param, x)
            if not math.isfinite(x):
                raise SystemExit("FAILED %s: not finite" % what)

            def job():
                start = 120 + f.pad * decades(x)
                numbers, texts = settled(lambda d: uni_numbers(f, x, d), start)
                uni_verify(f, x, numbers)
                return texts

            texts = guarded(what, job)
            uni_lines.append("\t".join([f.name, f.param, bits(x), repr(x), " ".join(texts)]))
            psi_cache.clear()
        out("%-12s %-16s %3d points %6.1f s" % (f.name, f.param, len(f.points), time.time() - began))
    for f in BIVARIATE:
        if only and f.name not in only:
            continue
        began = time.time()
        if len(f.points) < 20:
            raise SystemExit("FAILED %s: fewer than 20 points" % f.name)
        for x, y in f.points:
            what = "%s at %r, %r" % (f.name, x, y)
            if not (math.isfinite(x) and math.isfinite(y)):
                raise SystemExit("FAILED %s: not finite" % what)

            def job():
                start = 120 + f.pad * (decades(x) + decades(y))
                numbers, texts = settled(lambda d: bi_numbers(f, x, y, d), start)
                bi_verify(f, x, y, numbers)
                return texts

            texts = guarded(what, job)
            bi_lines.append(
                "\t".join([f.name, "-", bits(x) + "," + bits(y), "%r,%r" % (x, y), " ".join(texts)])
            )
            psi_cache.clear()
        out("%-12s %-16s %3d points %6.1f s" % (f.name, "", len(f.points), time.time() - began))
    return (
        UNI_HEADER + "".join(s + "\n" for s in uni_lines),
        BI_HEADER + "".join(s + "\n" for s in bi_lines),
    )


def main(argv):
    only, check = set(), False
    args = list(argv)
    while args:
        a = args.pop(0)
        if a == "--check":
            check = True
        elif a == "--only" and args:
            only = set(args.pop(0).split(","))
        else:
            raise SystemExit("usage: generate.py [--check] [--only NAME,NAME]")
    if mpmath.__version__ != PINNED:
        print("note: mpmath %s, not the pinned %s" % (mpmath.__version__, PINNED), file=sys.stderr)
    define_elementary()
    define_special()
    define_bivariate()
    began = time.time()
    files = build(only, print)
    print("%.0f s" % (time.time() - began))
    if only:
        return 0
    here = os.path.dirname(os.path.abspath(__file__))
    status = 0
    for name, body in zip(("univariate.tsv", "bivariate.tsv"), files):
        path = os.path.join(here, name)
        if check:
            with open(path, "r", encoding="ascii", newline="") as fh:
                same = fh.read() == body
            print("%s: %s" % (name, "same" if same else "DIFFERENT"))
            status |= not same
        else:
            with open(path, "w", encoding="ascii", newline="\n") as fh:
                fh.write(body)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
