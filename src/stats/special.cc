// Boost.Math behind special.h. Headers only; its errors are returned as NaN or infinity.

#include "stats/special.h"

#define BOOST_NO_EXCEPTIONS 1
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>

#include <cmath>
#include <cstdlib>
#include <limits>

// What Boost calls instead of throwing; the policy below leaves nothing to throw.
namespace boost
{
void throw_exception(std::exception const &)
{
    std::abort();
}
void throw_exception(std::exception const &, source_location const &)
{
    std::abort();
}
} // namespace boost

namespace
{

namespace math = boost::math;
namespace rule = boost::math::policies;
using quiet = rule::policy<rule::domain_error<rule::ignore_error>,
    rule::pole_error<rule::ignore_error>, rule::overflow_error<rule::ignore_error>,
    rule::underflow_error<rule::ignore_error>, rule::evaluation_error<rule::ignore_error>,
    rule::rounding_error<rule::ignore_error>, rule::promote_double<true>>;

const double nan_ = std::numeric_limits<double>::quiet_NaN();
const double inf = std::numeric_limits<double>::infinity();

bool probability(double p)
{
    return p >= 0 && p <= 1;
}

const math::normal_distribution<double, quiet> normal(0, 1);

} // namespace

double us_normal_below(double z)
{
    return std::isnan(z) ? nan_ : math::cdf(normal, z);
}

double us_normal_above(double z)
{
    return std::isnan(z) ? nan_ : math::cdf(math::complement(normal, z));
}

double us_normal_quantile(double p)
{
    if (!probability(p)) return nan_;
    if (p == 0 || p == 1) return p == 0 ? -inf : inf;
    return math::quantile(normal, p);
}

double us_chi2_above(double x, double degrees)
{
    if (!(x >= 0) || !(degrees > 0)) return nan_;
    if (std::isinf(x)) return 0;
    return math::cdf(math::complement(
        math::chi_squared_distribution<double, quiet>(degrees), x));
}

double us_chi2_quantile(double p, double degrees)
{
    if (!probability(p) || !(degrees > 0)) return nan_;
    if (p == 0 || p == 1) return p == 0 ? 0 : inf;
    return math::quantile(math::chi_squared_distribution<double, quiet>(degrees), p);
}

double us_t_above(double t, double degrees)
{
    if (std::isnan(t) || !(degrees > 0)) return nan_;
    if (std::isinf(t)) return t > 0 ? 0 : 1;
    return math::cdf(math::complement(
        math::students_t_distribution<double, quiet>(degrees), t));
}

double us_t_quantile(double p, double degrees)
{
    if (!probability(p) || !(degrees > 0)) return nan_;
    if (p == 0 || p == 1) return p == 0 ? -inf : inf;
    return math::quantile(math::students_t_distribution<double, quiet>(degrees), p);
}

double us_beta_below(double x, double a, double b)
{
    if (!probability(x) || !(a > 0) || !(b > 0)) return nan_;
    return math::cdf(math::beta_distribution<double, quiet>(a, b), x);
}

double us_beta_quantile(double p, double a, double b)
{
    if (!probability(p) || !(a > 0) || !(b > 0)) return nan_;
    return math::quantile(math::beta_distribution<double, quiet>(a, b), p);
}
