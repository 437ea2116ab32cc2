"""Writers of the dashboards and provisioning files that Grafana loads."""
