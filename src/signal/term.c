#include "signal/term.h"

static const struct {
    us_str text;
    us_op op;
    us_level level;
    bool between; /* two values */
} operators[] = {
    {US_S_INIT("or"), US_OP_OR, US_LEVEL_OR, true},
    {US_S_INIT("and"), US_OP_AND, US_LEVEL_AND, true},
    {US_S_INIT("=="), US_OP_EQ, US_LEVEL_COMPARE, true},
    {US_S_INIT("!="), US_OP_NE, US_LEVEL_COMPARE, true},
    {US_S_INIT("<"), US_OP_LT, US_LEVEL_COMPARE, true},
    {US_S_INIT("<="), US_OP_LE, US_LEVEL_COMPARE, true},
    {US_S_INIT(">"), US_OP_GT, US_LEVEL_COMPARE, true},
    {US_S_INIT(">="), US_OP_GE, US_LEVEL_COMPARE, true},
    {US_S_INIT("in"), US_OP_IN, US_LEVEL_COMPARE, true},
    {US_S_INIT("contains"), US_OP_CONTAINS, US_LEVEL_COMPARE, true},
    {US_S_INIT("+"), US_OP_ADD, US_LEVEL_SUM, true},
    {US_S_INIT("-"), US_OP_SUBTRACT, US_LEVEL_SUM, true},
    {US_S_INIT("*"), US_OP_MULTIPLY, US_LEVEL_PRODUCT, true},
    {US_S_INIT("/"), US_OP_DIVIDE, US_LEVEL_PRODUCT, true},
    {US_S_INIT("if"), US_OP_IF, US_LEVEL_IF, false},
    {US_S_INIT("not"), US_OP_NOT, US_LEVEL_NOT, false},
    {US_S_INIT("-"), US_OP_NEGATE, US_LEVEL_NEGATE, false},
};
enum { OPERATORS = sizeof operators / sizeof *operators };

us_str us_op_text(us_op op)
{
    for (size_t i = 0; i < OPERATORS; i++)
        if (operators[i].op == op) return operators[i].text;
    return (us_str){0};
}

us_level us_op_level(us_op op)
{
    for (size_t i = 0; i < OPERATORS; i++)
        if (operators[i].op == op) return operators[i].level;
    return US_LEVEL_VALUE;
}

bool us_op_find(us_str text, us_op *op)
{
    for (size_t i = 0; i < OPERATORS; i++) {
        if (!operators[i].between || !us_str_eq(operators[i].text, text)) continue;
        *op = operators[i].op;
        return true;
    }
    return false;
}

us_place us_source_place(us_source source, uint32_t from, uint32_t to)
{
    us_place place = source.place;
    place.len = 0;
    for (uint32_t i = 0; i < to && i < source.text.len; i++) {
        bool starts = ((unsigned char)source.text.ptr[i] & 0xc0) != 0x80;
        if (i < from) {
            place.column += starts;
        } else {
            place.len += starts;
        }
    }
    if (place.len == 0) place.len = 1;
    return place;
}

us_str us_source_text(us_source source, uint32_t from, uint32_t to)
{
    enum { SHOWN_MAX = 80 };
    return us_str_clip(us_str_slice(source.text, from, to), SHOWN_MAX);
}
