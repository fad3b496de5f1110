package ops

import (
	"time"

	"github.com/sim-im/sim/msgdef/secure"
)

// CertificateMetrics reads how long the certificate of a gate holds. key returns
// what is in use, nil before there is one.
func CertificateMetrics(key func() *secure.GateKey, now func() time.Time) Source {
	return Source{Role: "gate", Read: func() []Sample {
		k := key()
		if k == nil {
			return nil
		}
		body := k.Body()
		left := time.Unix(body.NotAfter, 0).Sub(now())
		return []Sample{
			gauge("certificate_serial", "Serial of the certificate that handshakes use.", int(body.Serial)),
			gauge("certificate_end_time_seconds", "When it ends, in Unix time.", int(body.NotAfter)),
			{Name: "certificate_left_days", Help: "Days until then; negative when clients refuse the gate.", Value: left.Hours() / 24, Gauge: true},
		}
	}}
}
