/*
 * Hides AVX-512 and AMX from a process, to measure what native peers do on a machine that has AVX2 and no more:
 *
 *   cc -O2 -shared -fPIC -o hide-avx512.so bench/ops/hide-avx512.c -ldl
 *   LD_PRELOAD=./hide-avx512.so ONEDNN_MAX_CPU_ISA=AVX2 node bench/ops/run.mjs
 *
 * Linux on x86-64 can make every `cpuid` a fault (arch_prctl, ARCH_SET_CPUID; see arch_prctl(2)). The fault's handler
 * executes the instruction itself and clears the bits of leaf 7 that name those instruction sets (Intel's Software
 * Developer's Manual, volume 2A, CPUID).
 */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define BIT(n) (1u << (n))

static int (*system_sigaction)(int, const struct sigaction *, struct sigaction *);
/* What the program itself does on a segmentation fault. */
static struct sigaction theirs;
static int installed;

static void cpuid_faults(int on) { syscall(SYS_arch_prctl, ARCH_SET_CPUID, !on); }

static void answer(greg_t *registers) {
  uint32_t leaf = registers[REG_RAX], part = registers[REG_RCX];
  uint32_t a = leaf, b, c = part, d;
  cpuid_faults(0);
  __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
  cpuid_faults(1);
  if (leaf == 7 && part == 0) {
    b &= ~(BIT(16) | BIT(17) | BIT(21) | BIT(26) | BIT(27) | BIT(28) | BIT(30) | BIT(31));
    c &= ~(BIT(1) | BIT(6) | BIT(11) | BIT(12) | BIT(14));
    d &= ~(BIT(2) | BIT(3) | BIT(8) | BIT(22) | BIT(23) | BIT(24) | BIT(25));
  }
  if (leaf == 7 && part == 1) a &= ~(BIT(4) | BIT(5) | BIT(21));
  registers[REG_RAX] = a;
  registers[REG_RBX] = b;
  registers[REG_RCX] = c;
  registers[REG_RDX] = d;
  registers[REG_RIP] += 2;
}

static void on_fault(int number, siginfo_t *info, void *context) {
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  const unsigned char *code = (const unsigned char *)registers[REG_RIP];
  if (info->si_code == SI_KERNEL && code[0] == 0x0f && code[1] == 0xa2) {
    answer(registers);
  } else if (theirs.sa_flags & SA_SIGINFO && theirs.sa_sigaction) {
    theirs.sa_sigaction(number, info, context);
  } else if (theirs.sa_handler != SIG_DFL && theirs.sa_handler != SIG_IGN) {
    theirs.sa_handler(number);
  } else {
    signal(SIGSEGV, SIG_DFL);
  }
}

/* V8 handles faults of WebAssembly itself: its handler is called by ours. */
int sigaction(int number, const struct sigaction *wanted, struct sigaction *before) {
  if (!system_sigaction) system_sigaction = dlsym(RTLD_NEXT, "sigaction");
  if (number != SIGSEGV || !installed) return system_sigaction(number, wanted, before);
  if (before) *before = theirs;
  if (wanted) theirs = *wanted;
  return 0;
}

__attribute__((constructor)) static void install(void) {
  struct sigaction ours;
  memset(&ours, 0, sizeof ours);
  ours.sa_sigaction = on_fault;
  ours.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
  system_sigaction = dlsym(RTLD_NEXT, "sigaction");
  system_sigaction(SIGSEGV, &ours, NULL);
  installed = 1;
  if (syscall(SYS_arch_prctl, ARCH_SET_CPUID, 0) != 0) fputs("hide-avx512: this processor has no CPUID faulting\n", stderr);
}
