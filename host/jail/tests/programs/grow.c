// Takes memory: STEPS times SIZE mebibytes, in each of COUNT processes, with a pause after each step.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **args) {
    if (count != 4) return 2;
    int steps = atoi(args[1]), processes = atoi(args[3]);
    size_t size = (size_t)atoi(args[2]) << 20;
    for (int i = 1; i < processes; i++)
        if (fork() == 0) break;
    for (int i = 0; i < steps; i++) {
        char *taken = malloc(size);
        if (!taken) return 3;
        memset(taken, 1, size);
        usleep(5000);
    }
    usleep(300000);
    while (wait(NULL) > 0) {}
    puts("took all");
    return 0;
}
