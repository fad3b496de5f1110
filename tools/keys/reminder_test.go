package keys

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// TestReminder goes through the last weeks of a certificate hour by hour: a word
// a day, from ten days before the end on.
func TestReminder(t *testing.T) {
	var log bytes.Buffer
	r := Reminder{Logger: slog.New(slog.NewTextHandler(&log, nil))}
	end := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	body := &msgdef.CertificateBody{Name: "g1", Serial: 7, NotBefore: end.Add(-Life).Unix(), NotAfter: end.Unix()}
	for now := end.Add(-20 * 24 * time.Hour); now.Before(end.Add(48 * time.Hour)); now = now.Add(time.Hour) {
		r.Remind(body, now)
		if err := Holds(body, now); (err != nil) != now.After(end) {
			t.Errorf("at %v: %v", now, err)
		}
	}
	warned, ended := strings.Count(log.String(), "level=WARN"), strings.Count(log.String(), "level=ERROR")
	if warned != 11 || ended != 2 || !strings.Contains(log.String(), "days=9") || !strings.Contains(log.String(), "days=-1") {
		t.Errorf("%d warnings, %d errors:\n%s", warned, ended, &log)
	}
	if err := Holds(body, end.Add(-Life-time.Second)); err == nil {
		t.Error("it holds before its time")
	}
	log.Reset()
	renewed := &msgdef.CertificateBody{NotAfter: end.Add(Life).Unix()}
	r.Remind(renewed, end)
	if log.Len() > 0 {
		t.Errorf("a new certificate is warned of: %s", &log)
	}
}
