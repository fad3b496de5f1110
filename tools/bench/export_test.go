package bench

// WriteCertificate is writeCertificate for tests.
var WriteCertificate = writeCertificate
