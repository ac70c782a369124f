package orderhub_test

import (
	"testing"
	"time"

	"orderhub"
)

func TestBirthdayAge(t *testing.T) {
	day := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 12, 0, 0, 0, time.UTC)
	}
	tests := []struct {
		born orderhub.Birthday
		on   time.Time
		want int
	}{
		{orderhub.Birthday{Year: 1990, Month: 9, Day: 4}, day(2026, 9, 3), 35},
		{orderhub.Birthday{Year: 1990, Month: 9, Day: 4}, day(2026, 9, 4), 36},
		{orderhub.Birthday{Year: 1990, Month: 9, Day: 4}, day(2026, 8, 30), 35},
		{orderhub.Birthday{Year: 1990, Month: 9, Day: 4}, day(2026, 10, 1), 36},
		{orderhub.Birthday{Year: 2004, Month: 2, Day: 29}, day(2025, 2, 28), 20},
		{orderhub.Birthday{Year: 2004, Month: 2, Day: 29}, day(2025, 3, 1), 21},
		{orderhub.Birthday{Year: 2026, Month: 5, Day: 3}, day(2026, 5, 3), 0},
		{orderhub.Birthday{Month: 9, Day: 4}, day(2026, 9, 4), -1},
		{orderhub.Birthday{Year: 1990}, day(2026, 9, 4), -1},
		{orderhub.Birthday{}, day(2026, 9, 4), -1},
	}
	for _, tt := range tests {
		if got := tt.born.Age(tt.on); got != tt.want {
			t.Errorf("born %v, on %s: Age = %d, want %d", tt.born, tt.on.Format(time.DateOnly), got, tt.want)
		}
	}
}
