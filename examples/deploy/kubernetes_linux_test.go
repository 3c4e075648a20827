package deploy_test

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	core "k8s.io/api/core/v1"
)

// sidecar returns the container of the edge.
func (m *manifests) sidecar(t *testing.T) *core.Container {
	t.Helper()
	pod := &m.deployment.Spec.Template.Spec
	if len(pod.InitContainers) != 1 || pod.InitContainers[0].Name != "lictor" {
		t.Fatal("the edge is not the one init container")
	}
	return &pod.InitContainers[0]
}

// configMaps returns the files of every ConfigMap: the manifest's, and those that its comment and the operators' guide
// tell to make of files.
func (m *manifests) configMaps(t *testing.T, files map[string][]byte) map[string]map[string][]byte {
	t.Helper()
	made := map[string]map[string][]byte{m.config.Name: {}}
	for name, text := range m.config.Data {
		made[m.config.Name][name] = []byte(text)
	}
	for _, place := range []string{"kubernetes/configmap.yaml", guide} {
		commands := regexp.MustCompile(`kubectl create configmap (\S+) --from-file=(\S+)`).FindAllStringSubmatch(read(t, place), -1)
		if len(commands) < 2 {
			t.Fatalf("%s does not say how the bundle and the key become ConfigMaps", place)
		}
		for _, command := range commands {
			content, ok := files[command[2]]
			if !ok {
				t.Fatalf("%s: %q: no such file", place, command[0])
			}
			made[command[1]] = map[string][]byte{command[2]: content}
		}
	}
	for name, files := range made {
		if !m.mounts(name) {
			t.Errorf("ConfigMap %s is mounted nowhere", name)
		}
		size := 0
		for file, content := range files {
			size += len(file) + len(content)
		}
		if size > core.MaxSecretSize { // the bound of ConfigMaps too
			t.Fatalf("ConfigMap %s has %d bytes", name, size)
		}
	}
	return made
}

// mounts reports whether a volume has the files of a ConfigMap.
func (m *manifests) mounts(name string) bool {
	return slices.ContainsFunc(m.deployment.Spec.Template.Spec.Volumes, func(v core.Volume) bool {
		if v.Projected != nil {
			return slices.ContainsFunc(v.Projected.Sources, func(p core.VolumeProjection) bool { return p.ConfigMap.Name == name })
		}
		return v.ConfigMap != nil && v.ConfigMap.Name == name
	})
}

// pod is what a container of the edge runs in.
type pod struct {
	*root
	argv   []string
	mounts map[string]*mount // by name of the volume
}

// newPod mounts what the manifests mount into the image.
func (m *manifests) newPod(t *testing.T, files map[string][]byte) *pod {
	t.Helper()
	i, c := container(t), m.sidecar(t)
	if len(c.Command) > 0 {
		t.Fatal("the image's program is not the one that runs")
	}
	p := &pod{root: i.root(t), argv: slices.Concat(i.entrypoint, c.Args), mounts: map[string]*mount{}}
	maps := m.configMaps(t, files)
	var writable []string
	for _, v := range c.VolumeMounts {
		if v.SubPath != "" || v.SubPathExpr != "" {
			t.Errorf("%s is mounted by subPath, which is never updated", v.Name)
		}
		volume := m.volume(t, v.Name)
		if volume.EmptyDir != nil {
			writable = append(writable, v.MountPath)
			continue
		}
		if !v.ReadOnly {
			t.Errorf("%s is not mounted read-only", v.Name)
		}
		p.mounts[v.Name] = p.mountAt(v.MountPath, content(t, volume, maps))
	}
	p.close(writable...)
	return p
}

func (m *manifests) volume(t *testing.T, name string) *core.Volume {
	t.Helper()
	volumes := m.deployment.Spec.Template.Spec.Volumes
	i := slices.IndexFunc(volumes, func(v core.Volume) bool { return v.Name == name })
	if i < 0 {
		t.Fatalf("no volume %s", name)
	}
	return &volumes[i]
}

// content returns the files of a volume of ConfigMaps.
func content(t *testing.T, v *core.Volume, from map[string]map[string][]byte) map[string][]byte {
	t.Helper()
	var names []string
	switch {
	case v.ConfigMap != nil:
		names = append(names, v.ConfigMap.Name)
	case v.Projected != nil:
		for _, s := range v.Projected.Sources {
			names = append(names, s.ConfigMap.Name)
		}
	}
	files := map[string][]byte{}
	for _, name := range names {
		if from[name] == nil {
			t.Fatalf("volume %s: no ConfigMap %s", v.Name, name)
		}
		maps.Copy(files, from[name])
	}
	return files
}

// TestPod runs the sidecar as the manifests say, and publishes a bundle as kubectl and the kubelet do.
func TestPod(t *testing.T) {
	t.Parallel()
	m, p := readManifests(t), publication(t)
	pod := m.newPod(t, map[string][]byte{"release.pub.pem": p.key, "bundle.tar.gz": p.first})
	e := pod.start(pod.argv)
	e.wait("bundle loaded", "r1")
	e.answers("r1")
	c := m.sidecar(t)
	for name, probe := range map[string]*core.Probe{"startup": c.StartupProbe, "liveness": c.LivenessProbe, "readiness": c.ReadinessProbe} {
		if status := e.status(probe.HTTPGet.Path); status != 200 {
			t.Errorf("%s probe of %s: %d", name, probe.HTTPGet.Path, status)
		}
	}
	e.hasMetrics(m.deployment.Spec.Template.Annotations["prometheus.io/path"])
	pod.mounts["bundle"].swap(map[string][]byte{"bundle.tar.gz": p.second})
	e.wait("bundle loaded", "r2")
	e.answers("r2")
	pod.mounts["bundle"].swap(map[string][]byte{"bundle.tar.gz": p.first})
	e.wait("bundle refused", "epoch")
	e.answers("r2")
	exec := regexp.MustCompile(`kubectl exec .* -c lictor -- (/lictor-edge rollback .*)`).FindStringSubmatch(read(t, guide))
	if exec == nil {
		t.Fatal("the guide does not say how to go back")
	}
	pod.output(strings.Fields(exec[1])...)
	e.wait("bundle pinned", "r1")
	e.answers("r1")
	e.stops(m.grace())
}

// hasMetrics wants what the guide tells to alert on to be there.
func (e *edge) hasMetrics(path string) {
	e.t.Helper()
	_, rest, _ := strings.Cut(read(e.t, guide), "### What to alert on")
	alerts, _, _ := strings.Cut(rest, "\n#")
	names := regexp.MustCompile(`lictor_[a-z_]+`).FindAllString(alerts, -1)
	if len(names) == 0 {
		e.t.Fatal("the guide has no alerts")
	}
	metrics := e.get(path)
	for _, name := range names {
		if !strings.Contains(metrics, "# TYPE "+name+" ") {
			e.t.Errorf("no metric %s", name)
		}
	}
}

// TestPodWithoutBundle wants a pod that gets no good bundle to stay alive and to be sent nothing.
func TestPodWithoutBundle(t *testing.T) {
	t.Parallel()
	m, p := readManifests(t), publication(t)
	pod := m.newPod(t, map[string][]byte{"release.pub.pem": p.key, "bundle.tar.gz": []byte("no bundle")})
	e := pod.start(pod.argv)
	e.wait("bundle refused")
	c := m.sidecar(t)
	for path, want := range map[string]int{c.StartupProbe.HTTPGet.Path: 200, c.LivenessProbe.HTTPGet.Path: 200, c.ReadinessProbe.HTTPGet.Path: 503} {
		if status := e.status(path); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
	pod.mounts["bundle"].swap(map[string][]byte{"bundle.tar.gz": p.first})
	e.wait("bundle loaded", "r1")
	if status := e.status(c.ReadinessProbe.HTTPGet.Path); status != 200 {
		t.Errorf("ready: %d", status)
	}
	e.stops(m.grace())
}

// grace is how long the pod is waited for when it is to end.
func (m *manifests) grace() time.Duration {
	return time.Duration(*m.deployment.Spec.Template.Spec.TerminationGracePeriodSeconds) * time.Second
}

// TestPodPorts wants probes and metrics to go to the operators' port, the application to ask on the loopback address,
// and no Service to have a port of the edge.
func TestPodPorts(t *testing.T) {
	t.Parallel()
	m, p := readManifests(t), publication(t)
	pod := m.newPod(t, map[string][]byte{"release.pub.pem": p.key, "bundle.tar.gz": p.first})
	s, c, template := pod.settings(pod.argv), m.sidecar(t), m.deployment.Spec.Template
	admin := slices.IndexFunc(c.Ports, func(p core.ContainerPort) bool { return strconv.Itoa(int(p.ContainerPort)) == port(s.Admin.Listen) })
	if admin < 0 || len(c.Ports) != 1 || !strings.HasPrefix(s.Admin.Listen, "0.0.0.0:") {
		t.Fatalf("ports %v, operators are answered on %s", c.Ports, s.Admin.Listen)
	}
	for _, probe := range []*core.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
		if to := probe.HTTPGet.Port.String(); to != c.Ports[admin].Name {
			t.Errorf("a probe of %s goes to port %s", probe.HTTPGet.Path, to)
		}
	}
	if to := template.Annotations["prometheus.io/port"]; to != port(s.Admin.Listen) {
		t.Errorf("metrics are scraped from port %s", to)
	}
	application := template.Spec.Containers[0]
	if url := application.Env[0].Value; url != "http://"+s.Listen || !strings.HasPrefix(s.Listen, "127.0.0.1:") {
		t.Errorf("the application asks %s, the edge listens on %s", url, s.Listen)
	}
	for _, to := range m.service.Spec.Ports {
		if to.TargetPort.String() != application.Ports[0].Name {
			t.Errorf("the Service leads to port %s", to.TargetPort.String())
		}
	}
	m.admitsOnlyPrometheus(t, c.Ports[admin].Name)
}

// admitsOnlyPrometheus wants the network policy to let one namespace reach the operators' port, and nobody else.
func (m *manifests) admitsOnlyPrometheus(t *testing.T, admin string) {
	t.Helper()
	reached := false
	for _, rule := range m.policy.Spec.Ingress {
		if len(rule.Ports) == 0 {
			t.Error("a rule of the network policy has every port")
		}
		for _, p := range rule.Ports {
			if p.Port.String() != admin {
				continue
			}
			reached = true
			if len(rule.From) != 1 || rule.From[0].NamespaceSelector == nil {
				t.Errorf("the operators' port is reached from %v", rule.From)
			}
		}
	}
	if !reached {
		t.Error("nobody reaches the operators' port")
	}
	labels := m.deployment.Spec.Template.Labels
	for _, selector := range []map[string]string{m.policy.Spec.PodSelector.MatchLabels, m.service.Spec.Selector, m.deployment.Spec.Selector.MatchLabels} {
		if len(selector) == 0 || !maps.Equal(selector, labels) {
			t.Errorf("%v selects the pods with labels %v", selector, labels)
		}
	}
}

// TestPodIsClosed wants no container to have a right that it does not need.
func TestPodIsClosed(t *testing.T) {
	t.Parallel()
	m := readManifests(t)
	s := m.deployment.Spec.Template.Spec
	p := s.SecurityContext
	if !*p.RunAsNonRoot || *p.RunAsUser != user || *p.RunAsGroup != user || *p.FSGroup != user || p.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault {
		t.Errorf("security context of the pod: %v", p)
	}
	if *s.AutomountServiceAccountToken || s.HostNetwork || s.HostPID || s.HostIPC || *s.EnableServiceLinks {
		t.Error("the pod gets a token, something of its host, or variables named after services")
	}
	for _, c := range slices.Concat(s.InitContainers, s.Containers) {
		sc := c.SecurityContext
		if *sc.AllowPrivilegeEscalation || !*sc.ReadOnlyRootFilesystem || !slices.Equal(sc.Capabilities.Drop, []core.Capability{"ALL"}) || len(sc.Capabilities.Add) > 0 || sc.Privileged != nil {
			t.Errorf("security context of %s: %v", c.Name, sc)
		}
		if c.Resources.Requests.Cpu().IsZero() || c.Resources.Requests.Memory().IsZero() || c.Resources.Limits.Memory().IsZero() {
			t.Errorf("resources of %s: %v", c.Name, c.Resources)
		}
	}
}

// TestPodEnds wants the edge to be a sidecar, which ends after the application, and both to have time to.
func TestPodEnds(t *testing.T) {
	t.Parallel()
	m, p := readManifests(t), publication(t)
	pod := m.newPod(t, map[string][]byte{"release.pub.pem": p.key, "bundle.tar.gz": p.first})
	c := m.sidecar(t)
	if c.RestartPolicy == nil || *c.RestartPolicy != core.ContainerRestartPolicyAlways {
		t.Error("the edge is no sidecar: the application would not start before it ends")
	}
	const application = 30 * time.Second // what Kubernetes gives where nothing is said
	s := pod.settings(pod.argv)
	asleep := time.Duration(m.deployment.Spec.Template.Spec.Containers[0].Lifecycle.PreStop.Sleep.Seconds) * time.Second
	if drain := s.draining(t); m.grace() < asleep+application+drain {
		t.Errorf("the pod has %s to end in; it waits for %s, and the edge may drain for %s", m.grace(), asleep, drain)
	}
}
