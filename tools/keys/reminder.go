package keys

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/sim-im/sim/msgdef"
)

// Reminder warns of the end of a gate's certificate in a log, once for each day
// of the last Spare and after it. One goroutine uses it.
type Reminder struct {
	Logger *slog.Logger
	said   bool
	days   int // left, when that was last said
}

// Remind looks at the certificate in use.
func (r *Reminder) Remind(body *msgdef.CertificateBody, now time.Time) {
	days := DaysLeft(body, now)
	switch {
	case now.Add(Spare).Unix() < body.NotAfter:
		r.said = false
		return
	case r.said && r.days == days:
		return
	}
	r.said, r.days = true, days
	level, message := slog.LevelWarn, "the gate's certificate ends soon: have the next one signed, see sim keys"
	if days < 0 {
		level, message = slog.LevelError, "the gate's certificate has ended: clients refuse this gate"
	}
	r.Logger.Log(context.Background(), level, message, "name", body.Name, "serial", body.Serial, "until", time.Unix(body.NotAfter, 0), "days", days)
}

// Holds returns why clients refuse a certificate now, nil when it is not for
// its time.
func Holds(body *msgdef.CertificateBody, now time.Time) error {
	switch seconds := now.Unix(); {
	case seconds > body.NotAfter:
		return fmt.Errorf("the certificate of %q has ended on %s", body.Name, day(time.Unix(body.NotAfter, 0)))
	case seconds < body.NotBefore:
		return fmt.Errorf("the certificate of %q does not begin before %s", body.Name, day(time.Unix(body.NotBefore, 0)))
	}
	return nil
}
