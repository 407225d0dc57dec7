"""Run on every rank of a probing job: whether it has its GPU, and hears all the others."""

import os
import sys
import time

ROUNDS = 10
MEGABYTES = 64


def main(*, gpus_asked: bool) -> None:
    """Sum over all ranks; rank 0 writes a line per answer: verdict, subject, what was seen."""
    import torch
    import torch.distributed as dist

    rank, local, world = (int(os.environ[name]) for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE"))
    on_gpu = torch.cuda.is_available()
    if on_gpu:
        torch.cuda.set_device(local % torch.cuda.device_count())
    device = torch.device("cuda" if on_gpu else "cpu")
    dist.init_process_group("nccl" if on_gpu else "gloo")
    total = torch.full((1,), float(rank), device=device)
    dist.all_reduce(total)
    right = total.item() == world * (world - 1) / 2
    block = torch.ones(MEGABYTES * 250_000, device=device)
    dist.all_reduce(block)
    started_at = time.perf_counter()
    for _ in range(ROUNDS):
        dist.all_reduce(block)
        float(block[0])  # waits for the GPU
    speed = MEGABYTES / 1000 * ROUNDS / (time.perf_counter() - started_at)
    if rank == 0:
        name = torch.cuda.get_device_name() if on_gpu else "no GPU"
        bf16 = on_gpu and torch.cuda.is_bf16_supported(including_emulation=False)
        seen = f"{torch.cuda.device_count() if on_gpu else 0} seen by rank 0: {name}, bf16 {'yes' if bf16 else 'no'}"
        _write_line(on_gpu or not gpus_asked, "GPUs", seen)
        _write_line(right, "communication", f"{world} ranks by {dist.get_backend()}, all-reduce at {speed:.2f} GB/s")
    dist.destroy_process_group()


def _write_line(good: bool, what: str, seen: str) -> None:
    sys.stdout.write(f"{'ok' if good else 'wrong'}\t{what}\t{seen}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(gpus_asked=sys.argv[1:] == ["1"])
