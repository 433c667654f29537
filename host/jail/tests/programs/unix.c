// Connects to a unix socket, by its path or, after an `@`, by its abstract name, and prints what came of it.
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int count, char **args) {
    if (count != 2) return 2;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(args[1]);
    memcpy(address.sun_path, args[1], length);
    if (args[1][0] == '@') address.sun_path[0] = 0;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0) {
        printf("socket: %s\n", strerrorname_np(errno));
        return 1;
    }
    int done = connect(fd, (struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path) + length);
    printf("connect: %s\n", done < 0 ? strerrorname_np(errno) : "done");
    return done < 0;
}
