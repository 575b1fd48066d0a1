/* fit_write.c: a scorecard as JSON and as a score: block. */

#include "base/time.h"
#include "study/field.h"
#include "study/fit.h"

#include <math.h>

static us_str fit_word(us_fit fit)
{
    static const us_str words[] = {[US_FIT_GOOD] = US_S_INIT("good"),
        [US_FIT_ONE_OUTCOME] = US_S_INIT("one_outcome"),
        [US_FIT_SEPARATED] = US_S_INIT("separated"),
        [US_FIT_SINGULAR] = US_S_INIT("singular")};
    return words[fit];
}

static void side_put(struct us_buf *out, const char *name, const struct us_fit_side *s)
{
    us_field_key(out, name);
    us_buf_fmt(
        out, "{\"n\":%lld,\"converted\":%lld", (long long)s->n, (long long)s->hits);
    us_field_number(out, "auc", s->auc.value);
    us_field_number(out, "auc_se", s->auc.error);
    us_buf_char(out, '}');
}

static void inputs_put(
    const struct us_fit_asked *q, const struct us_fitted *f, struct us_buf *out)
{
    us_buf_put(out, US_S(",\"inputs\":["));
    for (size_t j = 0; j < q->count; j++) {
        us_buf_put(out, j ? US_S(",{\"event\":") : US_S("{\"event\":"));
        us_buf_json(out, q->landmark->units->names[q->events[j]]);
        us_field_number(out, "coefficient", f->beta[j]);
        us_field_number(out, "error", f->errors[j + 1]);
        us_field_number(out, "mean", f->means[j]);
        us_field_number(out, "sd", f->deviations[j]);
        us_field_number(out, "auc_alone", f->single_auc[j]);
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
}

static void calibration_put(const struct us_fitted *f, struct us_buf *out)
{
    us_buf_put(out, US_S(",\"calibration\":{\"bands\":["));
    for (size_t i = 0; i < f->band_count; i++) {
        const struct us_calibration_band *b = &f->bands[i];
        us_buf_fmt(out, "%s{\"n\":%lld,\"converted\":%lld", i ? "," : "",
            (long long)b->n, (long long)b->hits);
        us_field_number(out, "predicted", b->predicted);
        us_field_interval(out, "rate_ci95", b->in);
        us_buf_char(out, '}');
    }
    us_buf_char(out, ']');
    us_field_number(out, "slope", f->slope);
    us_buf_char(out, '}');
}

void us_fit_json(
    const struct us_fit_asked *q, const struct us_fitted *f, struct us_buf *out)
{
    us_buf_put(out, US_S("{\"fit\":"));
    us_buf_json(out, fit_word(f->fit));
    us_field_time(out, "split_at", f->split_at);
    us_field_number(out, "penalty", q->penalty);
    us_field_number(out, "intercept", f->intercept);
    inputs_put(q, f, out);
    side_put(out, "train", &f->train);
    side_put(out, "test", &f->test);
    us_field_number(out, "brier", f->brier);
    us_field_number(out, "mean_predicted", f->mean_predicted);
    us_field_number(out, "rate", f->rate);
    us_buf_fmt(out, ",\"top_tenth\":{\"n\":%lld,\"converted\":%lld}",
        (long long)f->top_n, (long long)f->top_hits);
    calibration_put(f, out);
    us_buf_put(out, US_S(",\"points\":["));
    for (size_t i = 0; i < f->point_count; i++) {
        const struct us_fit_points *p = &f->points[i];
        us_buf_put(out, i ? US_S(",{\"event\":") : US_S("{\"event\":"));
        us_buf_json(out, q->landmark->units->names[q->events[p->input]]);
        us_buf_fmt(out, ",\"k\":%u,\"points\":%d}", p->k, p->points);
    }
    us_buf_put(out, US_S("]}\n"));
}

void us_fit_expression(
    const struct us_landmark_asked *q, uint32_t event, struct us_buf *out)
{
    bool days = q->within % US_DAY_US == 0;
    us_buf_put(out, US_S("first(count("));
    us_buf_json(out, q->units->names[event]);
    us_buf_fmt(out, ", %lld%c))",
        (long long)(q->within / (days ? US_DAY_US : US_HOUR_US)), days ? 'd' : 'h');
}

/* Inside YAML's single quotes. */
static void quoted_put(us_str text, struct us_buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'') us_buf_char(out, '\'');
        us_buf_char(out, text.ptr[i]);
    }
}

void us_fit_yaml(const struct us_fit_asked *q, const struct us_fitted *f,
    struct us_arena *a, struct us_buf *out)
{
    us_buf_put(out, US_S("score:\n  usage:\n"));
    for (size_t i = 0; i < f->point_count; i++) {
        const struct us_fit_points *p = &f->points[i];
        struct us_buf times = us_buf_new(a, US_FIT_EXPRESSION_MAX);
        us_fit_expression(q->landmark, q->events[p->input], &times);
        us_buf_fmt(out, "    - '%d if ", p->points);
        quoted_put(us_buf_str(&times), out);
        us_buf_fmt(out, " >= %u'\n", p->k);
    }
}
