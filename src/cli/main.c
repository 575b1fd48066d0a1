#include "cli/cli.h"

#include <unistd.h>

int main(int argc, char **argv)
{
    return us_cli_main(argc, argv, STDOUT_FILENO, STDERR_FILENO);
}
