package org.stabledino.detection;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The house's plan: who may know whom. */
@AnalyzeClasses(
    packages = "org.stabledino",
    importOptions = {
      ImportOption.DoNotIncludeTests.class,
      ArchitectureTest.DoNotIncludeTestJars.class
    })
class ArchitectureTest {

  /** Leaves out the tests of other modules, which come as jars. */
  static final class DoNotIncludeTestJars implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("-tests.jar");
    }
  }

  @ArchTest
  static final ArchRule DEPENDENCIES_POINT_ONE_WAY =
      layeredArchitecture()
          .consideringOnlyDependenciesInAnyPackage("org.stabledino..")
          .layer("tensor")
          .definedBy("org.stabledino.tensor..")
          .layer("cuda")
          .definedBy("org.stabledino.cuda..")
          .layer("autograd")
          .definedBy("org.stabledino.autograd..")
          .layer("nn")
          .definedBy("org.stabledino.nn..")
          .layer("detection")
          .definedBy("org.stabledino.detection..")
          .whereLayer("tensor")
          .mayNotAccessAnyLayer()
          .whereLayer("cuda")
          .mayOnlyAccessLayers("tensor")
          .whereLayer("autograd")
          .mayOnlyAccessLayers("tensor")
          .whereLayer("nn")
          .mayOnlyAccessLayers("autograd", "tensor")
          .whereLayer("detection")
          .mayOnlyAccessLayers("nn", "autograd", "tensor");

  @ArchTest
  static final ArchRule PACKAGES_OF_THE_DETECTOR_FORM_NO_CYCLES =
      slices().matching("org.stabledino.detection.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule ONLY_THE_CPU_BACKEND_KNOWS_ITS_KERNELS =
      noClasses()
          .that()
          .resideOutsideOfPackages("org.stabledino.tensor..", "org.stabledino.bench..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.stabledino.tensor.cpu..");

  @ArchTest
  static final ArchRule ONLY_VECTOR_KERNELS_USE_THE_INCUBATING_MODULE =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.stabledino.tensor.cpu..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jdk.incubator.vector..");

  @ArchTest
  static final ArchRule ONLY_THE_COMMAND_LINE_PRINTS_AND_PARSES_ARGUMENTS =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.stabledino.detection.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("picocli..")
          .orShould()
          .accessField(System.class, "out");
}
