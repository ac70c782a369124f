package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// flush measures the disk itself: four kilobytes written and forced out, the
// median of many, in microseconds. No durable write can be faster.
func flush(_ context.Context, p *plan) (float64, error) {
	f, err := os.Create(filepath.Join(p.dir, "flush"))
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	block := make([]byte, 4096)
	took := make([]time.Duration, 300)
	for i := range took {
		begin := time.Now()
		if _, err := f.Write(block); err != nil {
			return 0, err
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			return 0, err
		}
		took[i] = time.Since(begin)
	}
	slices.Sort(took)
	return float64(took[len(took)/2].Nanoseconds()) / 1000, nil
}

// started measures how long the program takes to be ready on a migrated
// store.
func started(o hubOptions) run {
	return func(ctx context.Context, p *plan) (float64, error) {
		h, err := p.start(ctx, o)
		if err != nil {
			return 0, err
		}
		defer h.stop()
		return milliseconds(h.started), nil
	}
}

// idleMemory measures what the program holds two seconds after its start.
func idleMemory(o hubOptions) run {
	return func(ctx context.Context, p *plan) (float64, error) {
		h, err := p.start(ctx, o)
		if err != nil {
			return 0, err
		}
		defer h.stop()
		time.Sleep(2 * time.Second)
		return h.memory()
	}
}
